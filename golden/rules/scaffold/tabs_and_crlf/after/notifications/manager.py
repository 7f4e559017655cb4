from realtime.client import pusher_client


class Notifier:
	def _send(self, channel, event, payload):
		pusher_client.trigger(channel, event, payload)

	def realtime_order_updated(self, order):
		"""
		An order changed.
		"""
		self._send(f"store-{order.store.id}", "order_updated", {"order_id": order.id})

	def realtime_order_packed(self, order):
		"""
		Send order-packed to store-{order.store.id}.
		"""
		self._send(f"store-{order.store.id}", "order-packed", {"order_id": order.id})


notifier = Notifier()
