from __future__ import annotations

from django.http import HttpRequest, HttpResponse


def sign_in(request: HttpRequest) -> HttpResponse:
    return HttpResponse("login")


def home(request: HttpRequest) -> HttpResponse:
    return HttpResponse("home")
