from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from zhilu.errors import DataError
from zhilu.sealed.imports import ORIGIN
from zhilu.server.evidence.models import Recording
from zhilu.server.evidence.rules import is_capture
from zhilu.server.evidence.services import export, telling
from zhilu.server.pages.services import recorders, recordings, steps, timeline, trackmap
from zhilu.server.pages.services.rights import needs, rights

MOST_INLINE = 600
"""Lines of a journal that is read with the page; a longer one comes after it, for it takes its time."""


@require_safe
@needs("recordings")
def detail(request: HttpRequest, recording: UUID) -> HttpResponse:
    mine = rights(request)
    row = recordings.one(mine, recording)
    if row is None:
        raise Http404
    before = steps.before(request.GET.get("before", ""))
    life, is_own = timeline.Life(row, mine, before), mine.person in (row.officer, row.assigned)
    heads = mine.scope_of("unit-head")
    context = {
        "row": recordings.row_of(row, life.told),
        "recording": row,
        "is_capture": is_capture(row.origin),
        "is_own": is_own,
        "is_head": heads is None or row.department in heads,
        "may_ask": is_own and mine.covers(row.department, "viewer"),
        "steps": life.steps(row.place or ""),
        "older": life.older,
        "is_older": before is not None,
        "acts": life.acts,
        "before": telling.before(life.lines),
        "after": telling.after(row.id, life.next_opened),
        "found": recorders.about(row, life.lines),
        "keep": life.keep,
        "kept_by": life.teller.name(row.kept_by),
        "may_lengthen": life.may_lengthen,
        "is_covered": life.is_covered,
        "is_long": row.lines > MOST_INLINE,
    }
    if not context["is_long"] and row.origin != ORIGIN:
        context |= _journal(row)
    return render(request, "pages/recording.html", context)


@require_safe
@needs("recordings")
def journal(request: HttpRequest, recording: UUID) -> HttpResponse:
    """What a long journal tells: the part of the page that HTMX asks for, or a page of its own."""
    row = own(request, recording)
    context = {"recording": row, "is_part": "HX-Request" in request.headers, **_journal(row)}
    return render(request, "pages/recording_journal.html", context)


def _journal(row: Recording) -> dict[str, Any]:
    told = telling.tell(row)
    return {"told": told, "map": trackmap.draw(told.track.fixes, told.marks) if told else None}


@require_safe
@needs("recordings")
def evidence(request: HttpRequest, recording: UUID) -> HttpResponseBase:
    """The proofs of a recording as one ZIP; its media are not among them."""
    row = own(request, recording)
    try:
        files = export.proof_files(row)
    except DataError as error:
        return render(request, "pages/error.html", {"code": 409, "text": _waiting(error)}, status=409)
    answer = StreamingHttpResponse(
        _zip({name: iter(chunks) for name, chunks in files.items()}), content_type="application/zip"
    )
    answer["Content-Disposition"] = f'attachment; filename="zhilu-{row.id}.zip"'
    return answer


def own(request: HttpRequest, recording: UUID) -> Recording:
    """A recording that this person may see; one that he may not see is not there."""
    return get_object_or_404(recordings.visible(rights(request)), id=recording)


def _waiting(error: DataError) -> str:
    if error.code == "not-covered":
        return _("The receipt still waits for the cosigned checkpoint; try again in a moment.")
    return _("The recorder knew no checkpoint of this ledger when it began to record.")


class _Pipe(io.RawIOBase):
    """What zipfile writes, taken away piece by piece: the ZIP is never whole in memory."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self.pieces = b"".join(self.pieces), []
        return taken


def _zip(files: dict[str, Iterator[bytes]]) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:
        for name, chunks in files.items():
            with archive.open(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), "w", force_zip64=True) as entry:
                for chunk in chunks:
                    entry.write(chunk)
                    yield pipe.take()
    yield pipe.take()


urls = [
    path("recordings/<uuid:recording>", detail, name="recording"),
    path("recordings/<uuid:recording>/journal", journal, name="recording-journal"),
    path("recordings/<uuid:recording>/evidence.zip", evidence, name="evidence"),
]
