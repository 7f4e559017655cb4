from django.db import models


class Store(models.Model):
    name = models.CharField(max_length=50)


class Shelf(models.Model):
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="shelves")
    stock = models.IntegerField(default=0)
    label = models.CharField(max_length=20)


class Order(models.Model):
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="orders")
    shelf = models.ForeignKey(Shelf, null=True, on_delete=models.SET_NULL, related_name="orders")
    status = models.CharField(max_length=20, default="NEW")
    note = models.TextField(blank=True)


class Courier(models.Model):
    name = models.CharField(max_length=50)
