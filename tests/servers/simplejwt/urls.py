from django.urls import path
from rest_framework_simplejwt.views import (
    TokenBlacklistView,
    TokenObtainPairView,
    TokenObtainSlidingView,
    TokenRefreshSlidingView,
    TokenRefreshView,
    TokenVerifyView,
)

from . import views

urlpatterns = [
    path("api/token/", TokenObtainPairView.as_view()),
    path("api/token/refresh/", TokenRefreshView.as_view()),
    path("api/token/verify/", TokenVerifyView.as_view()),
    path("api/token/blacklist/", TokenBlacklistView.as_view()),
    path("api/sliding/", TokenObtainSlidingView.as_view()),
    path("api/sliding/refresh/", TokenRefreshSlidingView.as_view()),
    path("api/public/", views.public),
    path("api/protected/", views.protected),
    path("api/echo/", views.echo),
    path("api/redirect/", views.redirect),
    path("api/slow/", views.slow),
    path("api/status/<int:code>/", views.status),
    path("test/open/", views.open_to_all),
    path("test/revoke/", views.revoke),
    path("test/delay/", views.delay),
    path("test/stats/", views.stats),
    path("test/arrivals/", views.arrivals),
    path("test/deactivate/", views.deactivate),
    path("test/delete/", views.delete),
    path("test/reset/", views.reset),
]
