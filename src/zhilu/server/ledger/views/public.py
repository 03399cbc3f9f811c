"""What anyone may read of the ledger: the newest checkpoint and the tiles (C2SP tlog-tiles). Leaves are not
among them.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from zhilu.errors import DataError
from zhilu.server.ledger.services import proofs, tree


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    row = proofs.newest()
    if row is None:
        return HttpResponse("no checkpoint yet\n", status=404, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(bytes(row.note), content_type="text/plain; charset=utf-8")
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    try:
        data = tree.tile_bytes(f"tile/{path}")
    except (LookupError, DataError):
        return HttpResponse("no such tile\n", status=404, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(data, content_type="application/octet-stream")
    # Any prefix of a tile is final: hashes in it never change.
    answer["Cache-Control"] = "public, max-age=31536000, immutable"
    return answer
