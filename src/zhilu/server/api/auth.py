"""Who calls: a token in the Authorization header, never in an address, with the scope of the operation."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from zhilu.server.api import limits
from zhilu.server.api.problems import Refused
from zhilu.server.organisation.services.api_tokens import Bearer, bearer_of


class Scoped(HttpBearer):
    """Answers 401 without a token that counts, 403 without the scope, 429 beyond the limit."""

    def __init__(self, scope: str) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Bearer:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        found = bearer_of(token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            guessed = limits.take(limits.of_address(request.META.get("REMOTE_ADDR", "")), limits.GUESSES)
            raise Refused(401, "token") if guessed else Refused(429, "calls-many", most=limits.GUESSES)
        request.zhilu_bearer = found  # type: ignore[attr-defined]
        if not limits.take(str(found.id), limits.CALLS):
            raise Refused(429, "calls-many", most=limits.CALLS)
        if self.scope not in found.scopes:
            raise Refused(403, "scope", scope=self.scope)
        return found

    def authenticate(self, request: HttpRequest, token: str) -> None:
        raise AssertionError("__call__ does it")


def bearer(request: HttpRequest) -> Bearer:
    found: Bearer = request.auth  # type: ignore[attr-defined]
    return found
