from __future__ import annotations

from django.urls import path

from zhilu.server.pages.views import session

urlpatterns = [
    path("login", session.sign_in, name="login"),
    path("", session.home, name="recordings"),
]
