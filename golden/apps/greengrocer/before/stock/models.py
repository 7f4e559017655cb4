from django.db import models

from orders.models import Shop


class Product(models.Model):
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="products")
    name = models.CharField(max_length=80)
    amount = models.IntegerField(default=0)
