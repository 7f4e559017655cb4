from django.urls import path

from . import views

urlpatterns = [
    path("", views.RoomListView.as_view()),
    path("floors/<int:floor>/release/", views.release_floor),
    path("<int:pk>/", views.RoomDetailView.as_view()),
    path("<int:pk>/start-cleaning/", views.start_cleaning),
    path("<int:pk>/complete-cleaning/", views.CompleteCleaningView.as_view()),
    path("<int:pk>/inspect/", views.inspect_room),
    path("<int:pk>/maintenance/", views.ReportMaintenanceView.as_view()),
    path("<int:pk>/out-of-order/", views.take_out_of_order),
]
