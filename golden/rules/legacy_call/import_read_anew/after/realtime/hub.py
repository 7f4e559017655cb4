from notifications.manager import notifier
from realtime.client import get_client
