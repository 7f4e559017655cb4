from django.db import transaction
from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response
from rest_framework.views import APIView

from notifications.notification_manager import notification_manager

from .models import StaffChatMessage, StaffConversation
from .serializers import StaffChatMessageSerializer


def text_of(request):
    text = (request.data.get("text") or "").strip()
    if not text:
        raise ValidationError({"text": "Say something."})
    return text


class ConversationMessagesView(APIView):
    """The messages of one conversation of the person who asks."""

    def get_conversation(self):
        return get_object_or_404(
            StaffConversation,
            pk=self.kwargs["conversation_id"],
            hotel__slug=self.kwargs["hotel_slug"],
            participants=self.request.user.staff_profile,
        )

    def get(self, request, hotel_slug, conversation_id):
        conversation = self.get_conversation()
        conversation.mark_read_by(request.user.staff_profile)
        messages = conversation.messages.filter(is_deleted=False)
        return Response(StaffChatMessageSerializer(messages, many=True).data)

    def post(self, request, hotel_slug, conversation_id):
        conversation = self.get_conversation()
        sender = request.user.staff_profile
        with transaction.atomic():
            message = StaffChatMessage.objects.create(
                conversation=conversation, sender=sender, text=text_of(request)
            )
            message.read_by.add(sender)

            def send_staff_chat_message_created(message=message):
                notification_manager.realtime_staff_chat_message_created(message)

            transaction.on_commit(send_staff_chat_message_created, robust=True)

            for staff in conversation.participants.exclude(pk=sender.pk):
                unread_count = conversation.unread_count_for(staff)

                def send_staff_chat_unread_updated(
                    staff=staff, conversation=conversation, unread_count=unread_count
                ):
                    notification_manager.realtime_staff_chat_unread_updated(
                        staff, conversation, unread_count
                    )

                transaction.on_commit(send_staff_chat_unread_updated, robust=True)

        return Response(
            StaffChatMessageSerializer(message).data, status=status.HTTP_201_CREATED
        )


class MessageView(APIView):
    """Senders may edit and delete what they wrote."""

    def get_message(self):
        return get_object_or_404(
            StaffChatMessage,
            pk=self.kwargs["message_id"],
            sender=self.request.user.staff_profile,
            is_deleted=False,
        )

    def patch(self, request, hotel_slug, message_id):
        message = self.get_message()
        message.edit(text_of(request))
        return Response(StaffChatMessageSerializer(message).data)

    def delete(self, request, hotel_slug, message_id):
        self.get_message().soft_delete()
        return Response(status=status.HTTP_204_NO_CONTENT)
