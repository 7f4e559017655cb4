from django.urls import path

from . import views

urlpatterns = [
    path("<str:booking_id>/", views.StayView.as_view()),
    path("<str:booking_id>/check-out/", views.StayCheckoutView.as_view()),
    path("<str:booking_id>/move/", views.StayMoveView.as_view()),
]
