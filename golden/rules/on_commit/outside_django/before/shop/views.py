from notifications.manager import notifier


def relay(courier_id, position):
    notifier.realtime_courier_moved(courier_id, position)
