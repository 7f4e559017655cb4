"""The Pusher client. Prefer ``notifications.notification_manager`` over using it directly."""

import pusher
from django.conf import settings

pusher_client = pusher.Pusher(
    app_id=settings.PUSHER_APP_ID,
    key=settings.PUSHER_KEY,
    secret=settings.PUSHER_SECRET,
    host=settings.PUSHER_HOST,
    port=settings.PUSHER_PORT,
    ssl=settings.PUSHER_SSL,
)
