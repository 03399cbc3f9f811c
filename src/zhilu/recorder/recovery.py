"""What a start does about recordings that were not closed (spec/sealed-media.md §3, spec/journal.md §2, §3).

For each recording that the logbook opened and nothing closed:
- journal: bytes after the last LF are cut; the lines before are read and verified
- media: bytes beyond the last line's segment are cut, since no line vouches for them
- logbook: `recovered` says what is there and how much was cut

Nothing is added to the journal, ever: it belongs to a process that is gone. What cannot be explained by a
power cut (a line that does not verify, media shorter than the lines say) is left as it is, and a `fault`
line names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from zhilu.durable import cut
from zhilu.recorder.home import Home
from zhilu.recorder.logbook import Logbook, cut_torn_tail, read_lines
from zhilu.sealed.journal import JournalReader
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import FIRST
from zhilu.sealed.logbook import Life


@dataclass(frozen=True)
class Recovered:
    recording: UUID
    segments: int
    cut: int
    torn: int
    fault: str | None


def recover_all(home: Home, logbook: Logbook) -> list[Recovered]:
    """Close every recording that a crash left open; a crash here is made good by the next start, the same
    way."""
    lives = [life for life in logbook.reader.recordings.values() if life.closed_by is None]
    return [recover(home, logbook, life) for life in lives]


def recover(home: Home, logbook: Logbook, life: Life) -> Recovered:
    folder = home.recording(life.recording)
    torn = _cut_journal(folder / "journal.jws")
    reader = _read(folder / "journal.jws", logbook, life)
    dropped, fault = _cut_media(folder / "media.sealed", reader)
    logbook.write(
        "recovered",
        id=str(life.recording),
        lines=reader.lines,
        last=(reader.head or FIRST).hex(),
        segments=reader.segments,
        length=reader.length,
        cut=dropped,
        torn=torn,
    )
    if fault:
        logbook.write("fault", code=fault, detail=f"id={life.recording}")
    return Recovered(life.recording, reader.segments, dropped, torn, fault)


def _cut_journal(path: Path) -> int:
    """A journal that never came to be is one of no lines."""
    return cut_torn_tail(path) if path.exists() else 0


def _read(path: Path, logbook: Logbook, life: Life) -> JournalReader:
    reader = JournalReader(load_jwk(logbook.signer.jwk), logbook.signer.kid, opened_by=life.opened_by)
    for line in read_lines(path):
        reader.feed(line)
    return reader


def _cut_media(path: Path, reader: JournalReader) -> tuple[int, str | None]:
    """(bytes dropped, code of what no power cut explains)."""
    if reader.stopped:
        return 0, "journal-damaged"
    size = path.stat().st_size if path.exists() else 0
    if size < reader.length:
        return 0, "media-short"
    return (cut(path, reader.length), None) if size else (0, None)
