from live.sending import client, tell
from notifications.manager import notifier
