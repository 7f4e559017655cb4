from django.urls import path

from .desk.views import SHAPES, WAYS

# close/<how the transaction is made>/<how the event is sent>/<ticket>/
urlpatterns = [
    path(f"close/{shape}/{way}/<int:pk>/", make(tell))
    for shape, make in SHAPES.items()
    for way, tell in WAYS.items()
]
