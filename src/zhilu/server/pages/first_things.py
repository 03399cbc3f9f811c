"""What comes before any other page: a password of one's own, and a second factor where the server demands it.

Not by the pages' good will: a request for anything else of a signed-in person is sent there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from zhilu.server.organisation.models import User
from zhilu.server.organisation.services import accounts
from zhilu.server.pages.middleware import MACHINES

ALWAYS = frozenset({"login", "second", "logout", "language"})


class FirstThings:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: Any, named: Any
    ) -> HttpResponse | None:
        name = request.resolver_match.url_name if request.resolver_match else None
        if request.path.startswith(MACHINES) or name in ALWAYS:
            return None
        first = first_thing(request)
        return None if first in (None, name) else redirect(str(first))


def first_thing(request: HttpRequest) -> str | None:
    """The name of the page that this person has to see first."""
    if not isinstance(request.user, User):
        return None
    if accounts.must_change(request.user):
        return "password"
    if settings.ZHILU.second_factor == "required" and not request.session.get("factor"):
        return "factors"
    return None
