from notifications.tests.base import RealtimeTestCase

from .models import StaffChatMessage, StaffConversation


class StaffChatTests(RealtimeTestCase):
    def setUp(self):
        super().setUp()
        self.colleague = self.make_staff("maid")
        self.conversation = StaffConversation.objects.create(hotel=self.hotel)
        self.conversation.participants.add(self.staff, self.colleague)
        self.path = f"chat/conversations/{self.conversation.id}/messages/"
        self.channel = f"staff-chat-conversation-{self.conversation.id}"

    def write(self, sender, text="Room 101 is ready"):
        return StaffChatMessage.objects.create(
            conversation=self.conversation, sender=sender, text=text
        )

    def test_a_message_reaches_the_conversation_and_the_badges(self):
        with self.events() as events:
            response = self.send_json("post", self.path, {"text": "Hello"})
        self.assertEqual(response.status_code, 201)
        data = self.assertSent(events, self.channel, "message_created")
        self.assertEqual(data["message"]["sender_name"], "Desk")
        badge = self.assertSent(
            events, f"staff-chat-{self.colleague.id}", "unread_updated"
        )
        self.assertEqual(badge["unread_count"], 1)
        self.assertNotIn(f"staff-chat-{self.staff.id}", [e.channel for e in events])

    def test_an_empty_message_is_refused(self):
        with self.events() as events:
            response = self.send_json("post", self.path, {"text": " "})
        self.assertEqual(response.status_code, 400)
        self.assertEqual(events, [])

    def test_reading_clears_the_badge(self):
        self.write(self.colleague)
        with self.events() as events:
            self.client.get(self.url(self.path))
        badge = self.assertSent(events, f"staff-chat-{self.staff.id}", "unread_updated")
        self.assertEqual(badge["unread_count"], 0)
        self.assertEqual(self.conversation.unread_count_for(self.staff), 0)

    def test_edit(self):
        message = self.write(self.staff)
        with self.events() as events:
            self.send_json("patch", f"chat/messages/{message.id}/", {"text": "102"})
        data = self.assertSent(events, self.channel, "message_edited")
        self.assertEqual(data["message"]["text"], "102")

    def test_delete(self):
        message = self.write(self.staff)
        with self.events() as events:
            self.client.delete(self.url(f"chat/messages/{message.id}/"))
        data = self.assertSent(events, self.channel, "message_deleted")
        self.assertEqual(data["message_id"], message.id)
        self.assertTrue(StaffChatMessage.objects.get().is_deleted)

    def test_others_keep_their_hands_off(self):
        message = self.write(self.colleague)
        with self.events() as events:
            response = self.client.delete(self.url(f"chat/messages/{message.id}/"))
        self.assertEqual(response.status_code, 404)
        self.assertEqual(events, [])
