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
from zhilu.server.equipment.services import findings, logbooks

_ID = re.compile(r"\bid=([0-9a-f-]{36})")


def look(recorder: Recorder) -> None:
    """Keep what is found. Does nothing where no line came since; may be repeated at any time."""
    held = logbooks.head_of(recorder.kid)
    before = Watched.objects.filter(recorder=recorder.kid).values_list("n", flat=True).first()
    if before == held.n or held.n < 0:
        return
    reader = LogbookReader(load_jwk(recorder.jwk), recorder.kid, signatures="last")
    for line in logbooks.lines_of(recorder.kid, held.n):
        reader.feed(line)
    reader.finish()
    for finding in reader.findings:
        _keep(recorder.kid, finding, reader)
    # Only now: after a crash before this the same is found again, and nothing is kept twice.
    Watched.objects.update_or_create(recorder=recorder.kid, defaults={"n": held.n})


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
