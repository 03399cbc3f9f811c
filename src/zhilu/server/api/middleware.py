"""Round every call of the API: nothing of a body is read that is too long or no JSON; every answer is JSON
and is cached nowhere; every call is a row of the access log, with the token as its actor. The row names the
path and the ids that were asked for and given, and how many rows of links found no act; never the token, a
number or a name. What is open to all has the headers of every page.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from zhilu.server.api import limits, problems
from zhilu.server.organisation.services import access
from zhilu.server.organisation.services.api_tokens import Bearer
from zhilu.server.pages.middleware import guarded
from zhilu.server.pages.services import seen

PREFIX = "/api/"
OPEN = ("/api/docs", "/api/v1/openapi.json")
READS = ("GET", "HEAD", "OPTIONS")


class ApiMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(PREFIX):
            return self._get_response(request)
        if request.path in OPEN:
            return guarded(self._get_response(request))
        answer = _too_much(request) or self._get_response(request)
        if answer.status_code >= 400 and not answer["Content-Type"].startswith("application/json"):
            code = problems.OF_STATUS.get(answer.status_code, "invalid")
            allowed = answer.get("Allow")
            answer = problems.answer(answer.status_code, code, {})
            if allowed:
                answer["Allow"] = allowed
        answer["Cache-Control"] = "no-store"
        answer["X-Content-Type-Options"] = "nosniff"
        _note(request, answer)
        return answer


def _too_much(request: HttpRequest) -> HttpResponse | None:
    said = request.META.get("CONTENT_LENGTH") or "0"
    length = int(said) if said.isascii() and said.isdigit() and len(said) < 12 else limits.BODY + 1
    if length > limits.BODY:
        return problems.answer(413, "body-long", {"most": limits.BODY})
    # Who sends no token hears of that first.
    if length and request.content_type != "application/json" and "Authorization" in request.headers:
        return problems.answer(415, "content-type", {})
    return None


def _note(request: HttpRequest, answer: HttpResponse) -> None:
    bearer: Bearer | None = getattr(request, "zhilu_bearer", None)
    who: UUID | None = bearer.id if bearer else None
    action = "api-read" if request.method in READS else "api-write"
    address = request.META.get("REMOTE_ADDR", "")
    about, listed = seen.about(request), seen.shown(request)
    missed = getattr(request, "zhilu_missed", 0)
    target = seen.target(request) + (f"?missed={missed}" if missed else "")
    access.note(who, action, target, answer.status_code < 400, address, about, listed)
