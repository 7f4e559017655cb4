from notifications.manager import notifier
