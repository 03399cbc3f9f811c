from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "pages/error.html", {"code": 404}, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "pages/error.html", {"code": 403}, status=403)


def failed(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/error.html", {"code": 500}, status=500)
