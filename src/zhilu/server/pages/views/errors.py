from __future__ import annotations

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Nothing of it was read, so no form can show it again."""
    text = ""
    if isinstance(exception, RequestDataTooBig):
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024
        text = _("A form takes at most %(limit)d KB: go back and shorten what you typed.") % {"limit": limit}
    return render(request, "pages/error.html", {"code": 400, "text": text}, status=400)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "pages/error.html", {"code": 404}, status=404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "pages/error.html", {"code": 403}, status=403)


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's secret is not this browser's, or of a session before this one."""
    text = _("The form was too old, or this browser keeps no cookies. Go back and load the page again.")
    return render(request, "pages/error.html", {"code": 403, "text": text}, status=403)


def failed(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/error.html", {"code": 500}, status=500)
