"""From where a request really came, where TLS is ended by another program (`[web] proxies` in server.toml).

Only what a listed proxy says counts: its own last entry of X-Forwarded-For. Anybody else may write what he
likes there, and it is not read.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class FromProxy:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.META.get("REMOTE_ADDR") in settings.ZHILU.proxies:
            said = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip()
            if _is_address(said):
                request.META["REMOTE_ADDR"] = said
        return self._get_response(request)


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
