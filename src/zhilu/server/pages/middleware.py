"""What every page gets: a policy for scripts, no caching, and for signed-in persons a row in the access
log.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from zhilu.demonstration import is_demonstration
from zhilu.server.organisation.services import access
from zhilu.server.pages.services import seen
from zhilu.server.pages.services.rights import person_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MACHINES = (
    "/api/",
    "/intake/",
    "/keyholder/",
    "/media/",
    "/ledger/checkpoint",
    "/ledger/tile/",
    "/static/",
    "/emblem",
)


DEMONSTRATION_HEADER = "X-Zhilu-Demonstration"
SEEN = "seen"
NUL = "%00"


class WithoutNul:
    """One of the two databases takes no NUL in a text. No address has one; asked for, it is none."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\0" in request.path_info:
            return HttpResponse(status=404)
        request.META["QUERY_STRING"] = request.META.get("QUERY_STRING", "").replace(NUL, "")
        return self._get_response(request)


class Demonstration:
    """What a program reads is marked too, and a file that somebody saves: by a header."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._marks = is_demonstration(settings.ZHILU.domain)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._get_response(request)
        if self._marks:
            answer[DEMONSTRATION_HEADER] = "yes"
        return answer


class PageMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self._get_response(request)
        if request.path.startswith(MACHINES):
            return answer
        guarded(answer)
        if request.user.is_authenticated:
            _put_off(request)
        if request.user.is_authenticated and request.path != "/login":
            access.note(
                person_of(request),
                request.method or "",
                seen.target(request),
                answer.status_code < 400,
                request.META.get("REMOTE_ADDR", ""),
                seen.about(request),
                seen.shown(request),
            )
        return answer


def guarded(answer: HttpResponse) -> HttpResponse:
    """With what keeps a page to itself: no foreign script, no frame, no copy in a cache."""
    answer["Content-Security-Policy"] = POLICY
    answer["Cache-Control"] = "no-store"
    return answer


def _put_off(request: HttpRequest) -> None:
    """A request puts off the end of its session, which is written again every twentieth second at most."""
    step = int(timezone.now().timestamp()) // 20
    if request.session.get(SEEN) != step:
        request.session[SEEN] = step
