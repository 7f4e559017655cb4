from django.db import models

overridden = []  # texts of the notes whose own delete() ran


class Ticket(models.Model):
    """Something a guest asked for."""

    status = models.CharField(max_length=20, default="open")
    visits = models.IntegerField(default=0)


class Note(models.Model):
    """A line on a ticket. Deleting the last word in an override, as many projects do."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="notes")
    text = models.CharField(max_length=40, default="")

    def delete(self, *args, **kwargs):
        overridden.append(self.text)
        return super().delete(*args, **kwargs)
