from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.ledger.models import Checkpoint, Entry
from zhilu.server.ledger.services import commit, proofs
from zhilu.server.pages.services.keyset import SIZE
from zhilu.server.pages.services.rights import needs
from zhilu.tlog import checkpoint as checkpoints
from zhilu.tlog.cosign import timestamp
from zhilu.tlog.merkle import leaf_hash
from zhilu.tlog.note import Note


@require_safe
@needs("ledger")
def index(request: HttpRequest) -> HttpResponse:
    below = request.GET.get("below", "")
    query = Entry.objects.order_by("-index").defer("core", "personal")
    if below.isascii() and below.isdigit() and len(below) < 19:
        query = query.filter(index__lt=int(below))
    entries = list(query[: SIZE + 1])
    newest = proofs.newest()
    covered = newest.size if newest else 0
    shown = entries[:SIZE]
    late = proofs.late(shown)
    context = {
        "rows": [
            (one, leaf_hash(bytes(one.leaf)).hex(), one.index < covered, one.index in late) for one in shown
        ],
        "older": entries[SIZE - 1].index if len(entries) > SIZE else None,
        "is_first": not below,
        "size": commit.size(),
        "newest": newest,
        **(_told(newest) if newest else {}),
    }
    return render(request, "pages/ledger.html", context)


def _told(row: Checkpoint) -> dict[str, object]:
    """What the newest note says, and who signed it when."""
    note = Note.parse(bytes(row.note))
    said = checkpoints.parse(note.text)
    cosigned = [
        (s.name, datetime.fromtimestamp(timestamp(s.data), UTC))
        for s in note.signatures
        if s.name != said.origin
    ]
    return {
        "checkpoint": said,
        "root": said.root.hex(),
        "cosigned": cosigned,
        "note": bytes(row.note).decode(),
    }


urls = [
    path("ledger", index, name="ledger"),
]
