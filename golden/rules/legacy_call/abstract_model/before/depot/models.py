from django.db import models

from realtime.client import pusher_client
from shop.models import Store


class AbstractParcel(models.Model):
    store = models.ForeignKey(Store, on_delete=models.CASCADE)
    weight = models.IntegerField()

    class Meta:
        abstract = True

    def weigh(self, weight):
        self.weight = weight
        self.save()
        pusher_client.trigger(f"store-{self.store.id}", "parcel-changed", {"id": self.id})


class AbstractThing(models.Model):
    store = models.ForeignKey(Store, on_delete=models.CASCADE)

    class Meta:
        abstract = True

    def touch(self):
        self.save()
        pusher_client.trigger(f"store-{self.store.id}", "parcel-changed", {"id": self.id})


class Parcel(AbstractParcel):
    pass


class Letter(AbstractThing):
    pass


class Pallet(AbstractThing):
    pass
