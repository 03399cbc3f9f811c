"""`/media/`: ciphertext to the viewing room's page, under a grant and for its origin only (spec/intake.md
§4).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO
from uuid import UUID

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from zhilu.errors import DataError, ZhiluError
from zhilu.protocols.viewing import Grant
from zhilu.server.evidence.services import export, media
from zhilu.server.evidence.views.answers import only, refusal

PROOFS = ("receipt.json", "logbook.jws")


def for_the_room(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Answer preflights, and let the viewing room's origin (no other) read the answer."""

    @csrf_exempt
    @functools.wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer: HttpResponseBase
        try:
            only(request, "GET", "OPTIONS")
            answer = (
                HttpResponse(status=204) if request.method == "OPTIONS" else view(request, *args, **kwargs)
            )
        except ZhiluError as error:
            answer = refusal(error)
        answer["Cache-Control"] = "no-store"
        return _with_cors(request, answer)

    return wrapped


def _with_cors(request: HttpRequest, answer: HttpResponseBase) -> HttpResponseBase:
    room = settings.ZHILU.keyholder.room if settings.ZHILU.keyholder else ""
    answer["Vary"] = "Origin"
    if room and request.headers.get("origin") == room:
        answer["Access-Control-Allow-Origin"] = room
        answer["Access-Control-Allow-Methods"] = "GET"
        answer["Access-Control-Allow-Headers"] = "authorization"
        answer["Access-Control-Max-Age"] = "600"
    return answer


@for_the_room
def journal(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    _grant(request, recording)
    file, length = media.open_journal(recording)
    return _stream(file, length)


@for_the_room
def segment(request: HttpRequest, recording: UUID, i: int) -> HttpResponseBase:
    grant = _grant(request, recording)
    if i != 0 and not grant.span.first <= i <= grant.span.last:
        raise DataError("grant", "There is no live grant for this recording.")
    file, place = media.open_segment(recording, i)
    return _stream(file, place.length)


@for_the_room
def proof(request: HttpRequest, recording: UUID, name: str) -> HttpResponseBase:
    """What a copy carries so that a stranger can verify it (spec/copies.md §2)."""
    _grant(request, recording)
    pieces = export.proof_files(export.find(recording)).get(name)
    if pieces is None or name not in PROOFS:
        raise DataError("not-found", "There is no such file.")
    return StreamingHttpResponse(pieces, content_type="application/octet-stream")


def _grant(request: HttpRequest, recording: UUID) -> Grant:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        raise DataError("grant", "There is no live grant for this recording.")
    return media.open_grant(token, recording)


def _stream(file: BinaryIO, length: int) -> HttpResponseBase:
    answer = FileResponse(Part(file, length), content_type="application/octet-stream")
    answer["Content-Length"] = str(length)
    return answer


class Part:
    """`length` bytes of a file from where it stands. With `fileno` the server lets the kernel send them; it
    sends as many as Content-Length says.
    """

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file, self._left = file, length
        self.close = file.close
        with suppress(OSError):  # a store in memory has none
            file.fileno()
            self.fileno = file.fileno

    def read(self, size: int) -> bytes:
        chunk = self._file.read(min(size, self._left))
        self._left -= len(chunk)
        return chunk
