from notifications.sender import Sender


class ShelfEvents(Sender):
    def realtime_shelf_changed(self, shelf):
        self._send(f"store-{shelf.store.id}", "shelf_changed", {"shelf_id": shelf.id})
