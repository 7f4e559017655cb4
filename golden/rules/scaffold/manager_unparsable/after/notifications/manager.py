class Notifier:
    def realtime_order_updated(self, order:
