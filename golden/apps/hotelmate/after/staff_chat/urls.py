from django.urls import path

from .views_messages import ConversationMessagesView, MessageView

urlpatterns = [
    path(
        "conversations/<int:conversation_id>/messages/",
        ConversationMessagesView.as_view(),
    ),
    path("messages/<int:message_id>/", MessageView.as_view()),
]
