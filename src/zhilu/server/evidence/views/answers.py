"""JSON answers of the machine-facing addresses, and how errors become them."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from zhilu import strictjson
from zhilu.errors import CallerError, DataError, WorldError, ZhiluError, fill

log = logging.getLogger("zhilu.intake")
View = Callable[..., HttpResponse]

_STATUS = {
    "length-required": 411,
    "body-too-large": 413,
    "method": 405,
    "too-soon": 429,
    "actor": 403,
    **dict.fromkeys(("components", "keyid", "created", "nonce", "signature", "digest", "grant"), 401),
    **dict.fromkeys(
        (
            "device-unknown",
            "recording-unknown",
            "segment-unknown",
            "not-found",
            "handover-unknown",
            "uuid",
            "store-missing",
            "person-unknown",
            "checkpoint-unknown",
            "table-unknown",
        ),
        404,
    ),
    **dict.fromkeys(
        (
            "gap",
            "fork",
            "suspended",
            "order",
            "journal-first",
            "incomplete",
            "not-closed",
            "rollback",
            "recording-unstored",
            "recording-id",
            "alarms-many",
            "refusals-many",
        ),
        409,
    ),
}


def answer(value: dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(strictjson.dumps(value), status=status, content_type="application/json")


def refusal(error: ZhiluError) -> HttpResponse:
    family = 400 if isinstance(error, CallerError) else 503 if isinstance(error, WorldError) else 422
    body = {"error": error.code, "hint": fill(error.hint, error.fields)}
    return answer(body, _STATUS.get(error.code, family))


def machine(view: View) -> View:
    """A view for programs: no cookies, no CSRF; errors are JSON with code and hint."""

    @csrf_exempt
    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            result = view(request, *args, **kwargs)
        except ZhiluError as error:
            log.info("%s %s refused: %s", request.method, request.path, error)
            result = refusal(error)
        result["Cache-Control"] = "no-store"
        return result

    return wrapped


def only(request: HttpRequest, *methods: str) -> None:
    if request.method not in methods:
        raise CallerError("method", "This address takes {methods} only.", methods=", ".join(methods))


def number(request: HttpRequest, name: str, default: int | None = None) -> int:
    """A natural number of the query."""
    text = request.GET.get(name, "" if default is None else str(default))
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise DataError("query", "The query lacks the number {name}.", name=name)
    return int(text)
