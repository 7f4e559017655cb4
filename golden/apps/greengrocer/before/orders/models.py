from django.db import models


class Shop(models.Model):
    slug = models.SlugField(unique=True)


class Order(models.Model):
    class Status(models.TextChoices):
        PLACED = "PLACED", "Placed"
        PACKED = "PACKED", "Packed"
        CANCELLED = "CANCELLED", "Cancelled"
        DELIVERED = "DELIVERED", "Delivered"

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="orders")
    number = models.CharField(max_length=12)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PLACED)
    crates = models.PositiveSmallIntegerField(default=1)

    def as_json(self):
        return {"id": self.pk, "number": self.number, "status": self.status}
