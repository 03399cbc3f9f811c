"""Signed requests go straight to their views: they have no session, no cookie, no language and no page, and
what the pages' middleware does for those costs more than to judge a signature.

Stands after what is for everybody. An address that is none of theirs goes on to the pages, which say so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.core.signals import got_request_exception
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, ResolverMatch, resolve

from zhilu.server.evidence.views import answers

log = logging.getLogger("zhilu.intake")
SIGNED = ("/intake/", "/keyholder/", "/federation/1/")


class Direct:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._others = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        match = _match(request.path_info)
        if match is None:
            return self._others(request)
        request.resolver_match = match
        answer = _answer(request, match)
        answer["Content-Length"] = str(len(answer.content))
        answer["X-Content-Type-Options"] = "nosniff"
        return answer


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path) if path.startswith(SIGNED) else None
    except Resolver404:
        return None


def _answer(request: HttpRequest, match: ResolverMatch) -> HttpResponse:
    try:
        answer: HttpResponse = match.func(request, *match.args, **match.kwargs)
    except Exception:
        # A defect of ours, or a sender that hung up in the middle of its body.
        log.exception("%s %s", request.method, request.path)
        got_request_exception.send(sender=Direct, request=request)
        return answers.answer({"error": "internal", "hint": ""}, 500)
    return answer
