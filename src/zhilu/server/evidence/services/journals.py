"""What all journals that come in have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from uuid import UUID

from zhilu.errors import DataError
from zhilu.sealed.journal import JournalReader, Open, Segment
from zhilu.sealed.lines import MAX_LINE
from zhilu.sealed.policy import Policy as SealedPolicy
from zhilu.sealed.policy import check_recipients
from zhilu.server.evidence.services import segment_index
from zhilu.server.organisation.models import Policy


def read(reader: JournalReader, path: Path, recording: UUID, index: Path, *, may_be_open: bool) -> None:
    """A whole journal through `reader`, its segments into `index`; DataError `journal` or `id`.

    `may_be_open`: a recording that lost its power has no `close`, and its recorder says so in the logbook.
    """
    with path.open("rb") as file:
        segment_index.write(index, _segments(reader, iter(lambda: file.readline(MAX_LINE + 1), b"")))
    reader.finish()
    excused = {"unclosed"} if may_be_open else set()
    wrong = next((f for f in reader.findings if f.defect and f.code not in excused), None)
    if wrong is not None or reader.open is None:
        raise DataError("journal", "The journal is refused: {finding}", finding=wrong or "empty")
    if reader.open.recording != recording:
        raise DataError("id", "The journal is another recording's.")


def first_line(reader: JournalReader, path: Path) -> Open:
    """The `open` line of a journal that was read before."""
    with path.open("rb") as file:
        reader.feed(file.readline(MAX_LINE + 1))
    if reader.open is None:
        raise DataError("journal", "The journal is refused: {finding}", finding="open")
    return reader.open


def policy_of(first: Open) -> SealedPolicy:
    """The policy that the recording names, whose recipients are the recording's."""
    row = Policy.objects.filter(version=first.policy).first()
    if row is None:
        raise DataError("recipients", "The recording is sealed to others than the policy names.")
    policy = SealedPolicy.from_core(row.core)
    check_recipients(first.payload, policy)
    return policy


def _segments(reader: JournalReader, lines: Iterable[bytes]) -> Iterator[Segment]:
    for line in lines:
        record = reader.feed(line)
        if isinstance(record, Segment):
            yield record
