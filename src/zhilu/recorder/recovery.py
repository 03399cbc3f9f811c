"""What a start does about recordings that were not closed (spec/sealed-media.md §3, spec/journal.md §2, §3).

For each recording that the logbook opened and nothing closed:
- journal: bytes after the last LF are cut; the lines before are read and verified
- media: bytes beyond the last line's segment are cut, since no line vouches for them
- logbook: `recovered` says what is there, how much was cut, and the last signed time

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
from zhilu.recorder.logbook import Logbook, cut_torn_tail, last_line, read_lines
from zhilu.recorder.recording import Follows
from zhilu.sealed.journal import JournalReader
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.lines import FIRST, line_hash, unverified_payload
from zhilu.sealed.logbook import Life
from zhilu.sealed.reader import Signatures


@dataclass(frozen=True)
class Recovered:
    recording: UUID
    segments: int
    until: str
    """`at` of the journal's last line, or of `recording-opened` where it has none."""
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
    reader = read_journal(folder / "journal.jws", logbook, life)
    until = reader.last_at or life.opened_at
    dropped, fault = cut_media(folder / "media.sealed", reader)
    logbook.write(
        "recovered",
        id=str(life.recording),
        lines=reader.lines,
        last=(reader.head or FIRST).hex(),
        segments=reader.segments,
        length=reader.length,
        minutes=reader.minutes,
        until=until,
        cut=dropped,
        torn=torn,
    )
    if fault:
        logbook.write("fault", code=fault, detail=f"id={life.recording}")
    return Recovered(life.recording, reader.segments, until, dropped, torn, fault)


def _cut_journal(path: Path) -> int:
    """A journal that never came to be is one of no lines."""
    return cut_torn_tail(path) if path.exists() else 0


def read_journal(path: Path, logbook: Logbook, life: Life) -> JournalReader:
    """An open journal as far as it is good. One signature vouches for all lines; where it does not hold, each
    line is asked for its own."""
    reader = _read(path, logbook, life, "last")
    if reader.stopped:
        reader = _read(path, logbook, life, "each")
    if reader.last_minute is not None:
        logbook.seen(reader.last_minute.counter)
    return reader


def _read(path: Path, logbook: Logbook, life: Life, signatures: Signatures) -> JournalReader:
    key, kid = load_jwk(logbook.signer.jwk), logbook.signer.kid
    reader = JournalReader(key, kid, opened_by=life.opened_by, signatures=signatures)
    for line in read_lines(path):
        if reader.feed(line) is None:
            break
    reader.check_last()
    return reader


def cut_media(path: Path, reader: JournalReader) -> tuple[int, str | None]:
    """(bytes dropped, code of what no power cut explains)."""
    if reader.stopped:
        return 0, "journal-damaged"
    size = path.stat().st_size if path.exists() else 0
    if size < reader.length:
        return 0, "media-short"
    return (cut(path, reader.length), None) if size else (0, None)


def left_off(home: Home, logbook: Logbook) -> Follows | None:
    """What the next recording goes on from: the newest one, if a fault, a full storage, a power cut or a
    crash ended it and nobody has switched the recorder off since."""
    newest = [logbook.newest[kind] for kind in ("recovered", "recording-closed") if kind in logbook.newest]
    last = max(newest, key=lambda line: int(line["n"]), default=None)
    if last is None or logbook.newest.get("shutdown", {"n": -1})["n"] > last["n"]:
        return None
    recording = UUID(last["id"])
    if last["type"] == "recovered":
        return Follows(recording, last["until"])
    line = last_line(home.recording(recording) / "journal.jws")
    # The logbook, which was verified, has this line's hash: what was put there since is not believed.
    close = unverified_payload(line) if line_hash(line).hex() == last["last"] else {}
    return Follows(recording, close["at"]) if close.get("reason") in ("fault", "storage-full") else None
