from django.conf import settings
from django.db import models


class Hotel(models.Model):
    """One property. Everything else belongs to exactly one hotel."""

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)

    def __str__(self):
        return self.name


class Staff(models.Model):
    """A user who works at a hotel."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="staff_profile",
    )
    hotel = models.ForeignKey(Hotel, on_delete=models.CASCADE, related_name="staff")
    department = models.CharField(max_length=40, default="front_desk")

    class Meta:
        verbose_name_plural = "staff"

    def __str__(self):
        return self.user.get_full_name() or self.user.get_username()
