from django.db import models, transaction
from django.utils import timezone

from hotel.models import Hotel, Staff


class StaffConversation(models.Model):
    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE)
    title = models.CharField(max_length=80, blank=True)
    participants = models.ManyToManyField(Staff, related_name="conversations")

    def __str__(self):
        return self.title or f"Conversation {self.pk}"

    def unread_count_for(self, staff):
        """How many messages of others ``staff`` has not read yet."""
        messages = self.messages.filter(is_deleted=False).exclude(sender=staff)
        return messages.exclude(read_by=staff).count()

    def mark_read_by(self, staff):
        """Note that ``staff`` has seen everything, and clear the badge on their other devices."""
        # Imported here because the manager's serializers import this module.
        from notifications.notification_manager import notification_manager

        for message in self.messages.exclude(read_by=staff):
            message.read_by.add(staff)

        def send_staff_chat_unread_updated(staff=staff, self=self):
            notification_manager.realtime_staff_chat_unread_updated(staff, self, 0)

        transaction.on_commit(send_staff_chat_unread_updated, robust=True)


class StaffChatMessage(models.Model):
    conversation = models.ForeignKey(
        StaffConversation, on_delete=models.CASCADE, related_name="messages"
    )
    sender = models.ForeignKey(Staff, on_delete=models.CASCADE)
    text = models.TextField()
    read_by = models.ManyToManyField(Staff, related_name="read_messages", blank=True)
    is_deleted = models.BooleanField(default=False)
    edited_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self):
        return self.text[:40]

    def edit(self, text):
        """Replace the text; everyone sees that it was edited."""
        from notifications.notification_manager import notification_manager

        self.text = text
        self.edited_at = timezone.now()
        self.save(update_fields=["text", "edited_at"])
        transaction.on_commit(
            lambda self=self: notification_manager.realtime_staff_chat_message_edited(
                self
            ),
            robust=True,
        )

    def soft_delete(self):
        """Hide the message; the row stays for the audit."""
        from notifications.notification_manager import notification_manager

        self.is_deleted = True
        self.save(update_fields=["is_deleted"])

        def send_staff_chat_message_deleted(
            id_value=self.id,
            conversation_id=self.conversation_id,
            conversation_hotel=self.conversation.hotel,
        ):
            notification_manager.realtime_staff_chat_message_deleted(
                id_value, conversation_id, conversation_hotel
            )

        transaction.on_commit(send_staff_chat_message_deleted, robust=True)
