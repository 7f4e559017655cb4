"""PM201 and PM202: what Django's and REST framework's own methods do to the row behind an event."""

from __future__ import annotations

from pathlib import Path

import pytest

from pusher_migrate.model import Applicability

from .test_on_commit import plan

HEAD = """
from django.contrib import admin
from django.views.generic import DeleteView, FormView, UpdateView
from rest_framework import serializers, viewsets


"""


def said(root: Path, code: str) -> str:
    """Why the one call of some code is refused or for review; empty when it is safe."""
    made = plan(root, HEAD + code, select="PM2")
    if made.deferrals:
        (deferral,) = made.deferrals
        return deferral.reason
    (change,) = made.changes
    assert (change.applicability is Applicability.REVIEW) is bool(change.review_reasons)
    return "; ".join(change.review_reasons)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (
            "class Drop(DeleteView):\n    model = Order\n\n    @transaction.atomic\n"
            "    def form_valid(self, form):\n"
            "        notifier.realtime_order_updated(self.object)\n"
            "        return super().form_valid(form)\n",
            "deletes self.object afterwards",
        ),
        (
            "class Told:\n    @transaction.atomic\n    def form_valid(self, form):\n"
            "        notifier.realtime_order_updated(self.object)\n"
            "        return super().form_valid(form)\n\n\n"
            "class Drop(Told, DeleteView):\n    model = Order\n",
            "deletes self.object afterwards",
        ),
        (
            "class Drop(DeleteView):\n    model = Order\n\n    def form_valid(self, form):\n"
            "        response = super().form_valid(form)\n"
            "        notifier.realtime_order_updated(self.object)\n        return response\n",
            "deletes self.object before it",
        ),
        (
            "class Orders(admin.ModelAdmin):\n    def delete_model(self, request, obj):\n"
            "        notifier.realtime_order_updated(obj)\n"
            "        super().delete_model(request, obj)\n",
            "deletes obj afterwards",
        ),
        (
            "class Orders(viewsets.ModelViewSet):\n    @transaction.atomic\n"
            "    def perform_destroy(self, instance):\n"
            "        notifier.realtime_order_updated(instance)\n"
            "        super().perform_destroy(instance)\n",
            "deletes instance afterwards",
        ),
        (
            "class Orders(serializers.ModelSerializer):\n    @transaction.atomic\n"
            "    def update(self, instance, validated_data):\n"
            "        notifier.realtime_order_updated(instance)\n"
            "        return super().update(instance, validated_data)\n",
            "what super().update (line 18) does to instance before the commit is not visible",
        ),
        (
            "class Ask(FormView):\n    @transaction.atomic\n    def form_valid(self, form):\n"
            "        notifier.realtime_order_updated(form.instance)\n"
            "        return super().form_valid(form)\n",
            "what super().form_valid (line 18) does to form.instance",
        ),
        (
            "class Orders(admin.ModelAdmin):\n    def move(self, request, obj):\n"
            "        notifier.realtime_order_updated(obj)\n        super().move(request, obj)\n",
            "does to obj before the commit is not visible",
        ),
    ],
)
def test_a_framework_does_something_to_the_row(root: Path, code: str, reason: str) -> None:
    assert reason in said(root, code)


@pytest.mark.parametrize(
    "code",
    [
        "class Edit(UpdateView):\n    model = Order\n\n    @transaction.atomic\n"
        "    def form_valid(self, form):\n        response = super().form_valid(form)\n"
        "        notifier.realtime_order_updated(self.object)\n        return response\n",
        "class Orders(admin.ModelAdmin):\n    def save_model(self, request, obj, form, change):\n"
        "        super().save_model(request, obj, form, change)\n"
        "        notifier.realtime_order_updated(obj)\n"
        "        super().log_change(request, obj, 'x')\n",
        "class Edit(UpdateView):\n    @transaction.atomic\n    def post(self, request, pk):\n"
        "        order = Order.objects.get(pk=pk)\n        order.save()\n"
        "        notifier.realtime_order_updated(order)\n"
        "        return super().post(request, pk)\n",
        "from django.db import models\n\n\nclass Remark(models.Model):\n"
        "    object = models.ForeignKey(Order, on_delete=models.CASCADE)\n\n"
        "    @transaction.atomic\n    def save(self, *args, **kwargs):\n"
        "        notifier.realtime_order_updated(self.object)\n"
        "        super().save(*args, **kwargs)\n",
    ],
)
def test_a_framework_does_nothing_to_the_row(root: Path, code: str) -> None:
    assert said(root, code) == ""
