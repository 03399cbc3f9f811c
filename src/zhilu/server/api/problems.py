"""How the API says no: a status, a stable `code`, a `hint` in the caller's language (Accept-Language), and
`fields` for programs. Nothing that was sent is said back: it may be personal.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError

from zhilu.errors import CallerError, DataError, WorldError, ZhiluError, fill


class Problem(Schema):
    code: str
    hint: str
    fields: dict[str, Any]


class Refused(Exception):
    """An answer other than what was asked for."""

    def __init__(self, status: int, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.status, self.code, self.fields = status, code, fields


HINTS: dict[str, str | Promise] = {
    "token": gettext_lazy("No token that counts was sent: Authorization: Bearer and the token."),
    "scope": gettext_lazy("The token has not the scope {scope}."),
    "calls-many": gettext_lazy("More than {most} calls within a minute: wait for the next minute."),
    "body-long": gettext_lazy("A body has at most {most} bytes."),
    "content-type": gettext_lazy("A body is application/json."),
    "json": gettext_lazy(
        "The body is not strict JSON: UTF-8, no key twice, whole numbers only, not nested deep."
    ),
    "invalid": gettext_lazy("What was asked is not as the description of the API says: see fields."),
    "cursor": gettext_lazy("This cursor is none that the API gave."),
    "days": gettext_lazy("The days asked for are at most {most}, the last not before the first."),
    "not-found": gettext_lazy("There is no such thing here for this token."),
    "method": gettext_lazy("This address takes no such method."),
    "key-reused": gettext_lazy("This Idempotency-Key was sent before with another body."),
    "failed": gettext_lazy("The server failed. What was sent was not done."),
}
OF_STATUS = {
    400: "json",
    401: "token",
    404: "not-found",
    405: "method",
    413: "body-long",
    415: "content-type",
    500: "failed",
}


def answer(status: int, code: str, fields: dict[str, Any], hint: str = "") -> HttpResponse:
    text = hint or str(HINTS.get(code, ""))
    said = JsonResponse({"code": code, "hint": fill(text, fields), "fields": fields}, status=status)
    if status == 401:
        said["WWW-Authenticate"] = "Bearer"
    if status == 429:
        said["Retry-After"] = "60"
    return said


def hint_of(error: ZhiluError) -> str:
    return fill(_(error.hint), error.fields) if error.hint else error.code


def install(api: NinjaAPI) -> None:
    @api.exception_handler(Refused)
    def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
        return answer(error.status, error.code, error.fields)

    @api.exception_handler(ValidationError)
    def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        places = {".".join(map(str, one["loc"])): one["type"] for one in error.errors[:20]}
        return answer(422, "invalid", places)

    @api.exception_handler(HttpError)
    def _http(request: HttpRequest, error: HttpError) -> HttpResponse:
        return answer(error.status_code, OF_STATUS.get(error.status_code, "invalid"), {})

    @api.exception_handler(ZhiluError)
    def _said(request: HttpRequest, error: ZhiluError) -> HttpResponse:
        status = {CallerError: 403, DataError: 422, WorldError: 503}
        code = next((found for family, found in status.items() if isinstance(error, family)), 500)
        fields = {name: str(value) for name, value in error.fields.items()}
        return answer(code, error.code, fields, hint_of(error))
