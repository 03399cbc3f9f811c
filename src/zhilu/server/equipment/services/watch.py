"""What a recorder's held logbook shows to be missing (spec/journal.md §3), looked for whenever lines came.

The whole logbook is read anew by the rules by which a stranger reads it. Its lines were verified one by one
when they were taken, so here the last signature is enough. What the reader finds becomes a finding of the
ledger, once: `counter`, `open-recording`, `boot-unexplained`, and the code of a line that has no right to
stand where it stands.
"""

from __future__ import annotations

import re

from zhilu.sealed.keys import load_jwk
from zhilu.sealed.logbook import LogbookReader
from zhilu.sealed.report import Finding
from zhilu.server.equipment.models import Recorder, Watched
from zhilu.server.equipment.services import awaited, findings, logbooks, telling
from zhilu.server.ledger.prepared import Prepared

_ID = re.compile(r"\bid=([0-9a-f-]{36})")


def look(recorder: Recorder) -> int:
    """Keep what is found, and which handovers are awaited; returns the number of the last held line. Does
    nothing where no line came since; may be repeated at any time."""
    held, before = logbooks.head_of(recorder.kid).n, _WATCHED.first(recorder.kid) or (-1,)
    if before != (held,):
        telling.tell(recorder.kid, held)
        awaited.note(recorder.kid, *before)
        _read_anew(recorder, held)
        # Only now: after a crash before this the same is found again, and nothing is kept twice.
        Watched.objects.bulk_create(
            [Watched(recorder=recorder.kid, n=held)],
            update_conflicts=True,
            unique_fields=["recorder"],
            update_fields=["n"],
        )
    return held


_WATCHED = Prepared(
    Watched._meta.get_field("recorder"),
    "?",
    lambda kid: Watched.objects.filter(recorder=kid).values_list("n"),
)


def _read_anew(recorder: Recorder, held: int) -> None:
    reader = LogbookReader(load_jwk(recorder.jwk), recorder.kid, signatures="last")
    for line in logbooks.lines_of(recorder.kid, held):
        reader.feed(line)
    reader.finish()
    for finding in reader.findings:
        _keep(recorder.kid, finding, reader)


def _keep(kid: str, finding: Finding, reader: LogbookReader) -> None:
    if finding.place.line is None:
        return
    n = finding.place.line - 1
    about = _ID.search(finding.detail)
    findings.find(
        kid,
        finding.code,
        recording=about.group(1) if about else None,
        line=n,
        since=finding.since,
        until=finding.until,
        proof=logbooks.hash_of(kid, n),
    )
