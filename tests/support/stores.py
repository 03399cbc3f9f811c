"""A recorder's store as it grows over days, by the real chain and sealer: for what thieves do to it.

    writer = StoreWriter(folder)
    writer.day("2026-11-24", recordings=2)
    writer.verify(folder)

Keys are the TEST keys of `support.recordings`. A minute passes for each segment.
"""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from support.recordings import Maker, at_of, dump, fixed_id, fixed_random
from support.vectors.files import Payloads, header, jws, payload_of, rewrite
from zhilu.encoding import sha256
from zhilu.sealed.envelopes import make_shares, make_text
from zhilu.sealed.lines import JOURNAL, LOGBOOK, Chain, line_hash
from zhilu.sealed.logbook import Head
from zhilu.sealed.policy import Policy
from zhilu.sealed.report import Finding, Report
from zhilu.sealed.segments import Sealer, key_commitment, recording_key
from zhilu.verify.check import judge
from zhilu.verify.files import find

MINUTES = 3


class StoreWriter:
    def __init__(self, folder: Path, counter_kind: str = "file") -> None:
        self.folder = folder
        self.maker = Maker(counter_kind=counter_kind)
        self.signer = self.maker.recorder
        self.counter = 0
        self.now = datetime(2026, 11, 23, 1, tzinfo=UTC)
        self.book = Chain()
        self.recordings: list[str] = []
        (folder / "recordings").mkdir(parents=True)
        self.log("enrolled", **self.maker.enrolled_line())

    # what a recorder does

    def log(self, kind: str, **more: Any) -> bytes:
        line = self.book.next(self.signer, LOGBOOK, kind, self.tick(), 0, **more)
        with self.logbook.open("ab") as file:
            file.write(line)
        return line

    def boot(self) -> None:
        self.log("boot", counter=self.count(), uptime_ms=1, checkpoint=None, software="zhilu")

    def day(self, date: str, recordings: int = 1) -> list[str]:
        """Switched on, recorded, switched off; the ids of its recordings."""
        self.now = datetime.fromisoformat(f"{date}T01:00:00+00:00")
        self.boot()
        made = [self.record() for _ in range(recordings)]
        self.log("shutdown", reason="power-off")
        return made

    def record(self, minutes: int = MINUTES, close: bool = True, **changes: Any) -> str:
        name = str(fixed_id(f"stored {len(self.recordings)}"))
        self.recordings.append(name)
        opened = self.log("recording-opened", counter=self.count(), id=name)
        journal, media = self._journal(UUID(name), line_hash(opened), minutes, close, changes)
        self.path(name).mkdir()
        self.write(name, journal, media)
        if close:
            self.log("recording-closed", counter=self.count(), **self.closed(name))
        return name

    def recover(self, name: str) -> None:
        """What a start does about a recording that power cut short: it signs what there is."""
        until = at_of(self.lines(name)[-1])
        more = {"cut": 0, "torn": 0, "until": until}
        self.log("recovered", counter=self.count(), **self.closed(name), **more)

    def closed(self, name: str) -> dict[str, Any]:
        lines, media = self.lines(name), self.media(name)
        payloads = [payload_of(line) for line in lines]
        return {
            "id": name,
            "lines": len(lines),
            "last": line_hash(lines[-1]).hex(),
            "segments": sum(payload["type"] == "segment" for payload in payloads),
            "length": len(media),
            "minutes": sum(payload["type"] == "minute" for payload in payloads),
        }

    def tick(self, seconds: int = 1) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    def count(self) -> int:
        self.counter += 1
        return self.counter

    def _journal(
        self, id_: UUID, opened_by: bytes, minutes: int, close: bool, changes: dict[str, Any]
    ) -> tuple[list[bytes], bytes]:
        chain, signer, policy = Chain(opened_by), self.signer, Policy.from_core(self.maker.core)
        shares, shares_field = make_shares(policy, id_, fixed_random(str(id_)))
        _text_key, text = make_text(policy, id_, fixed_random(f"text {id_}"))
        key = recording_key(shares, id_)
        opened = {"id": str(id_), "suite": "zhilu-1", "origin": "camera", "drill": False, "officer": None}
        opened |= {"policy": 1, "shares": shares_field, "text": text, "codec": "avc1.42c01e"}
        opened |= {"key_commitment": key_commitment(key, id_).hex(), "media": "video/mp4"}
        opened |= {"width": 1280, "height": 720} | changes
        lines = [chain.next(signer, JOURNAL, "open", self.tick(), 0, **opened)]
        sealer, media = Sealer(key, id_), b""
        for n in range(minutes + 1):
            i, sealed = sealer.seal(b"fragment %d " % n * 20)
            more = {"i": i, "offset": len(media), "length": len(sealed), "sha256": sha256(sealed).hex()}
            more |= {"pts_us": max(i - 1, 0) * 60_000_000, "duration_us": 60_000_000 if i else 0}
            media += sealed
            lines.append(chain.next(signer, JOURNAL, "segment", self.tick(60 if i else 1), 0, **more))
            if i:
                lines.append(chain.next(signer, JOURNAL, "minute", self.now, 0, counter=self.count()))
        if close:
            end = {"reason": "power-off", "segments": minutes + 1, "length": len(media)}
            lines.append(chain.next(signer, JOURNAL, "close", self.tick(), 0, **end))
        return lines, media

    def copied(self, folder: Path) -> StoreWriter:
        """The same store elsewhere; what is done to it leaves this one as it is."""
        shutil.copytree(self.folder, folder)
        other = copy.copy(self)
        other.folder, other.book = folder, Chain(self.book.prev, self.book.n)
        other.recordings = list(self.recordings)
        return other

    # where things lie

    @property
    def logbook(self) -> Path:
        return self.folder / "logbook.jws"

    @property
    def book_lines(self) -> list[bytes]:
        return self.logbook.read_bytes().splitlines(keepends=True)

    @property
    def head(self) -> Head:
        lines = self.book_lines
        return Head(len(lines) - 1, line_hash(lines[-1]))

    def path(self, name: str) -> Path:
        return self.folder / "recordings" / name

    def lines(self, name: str) -> list[bytes]:
        return (self.path(name) / "journal.jws").read_bytes().splitlines(keepends=True)

    def media(self, name: str) -> bytes:
        return (self.path(name) / "media.sealed").read_bytes()

    def write(self, name: str, journal: list[bytes], media: bytes | None = None) -> None:
        (self.path(name) / "journal.jws").write_bytes(b"".join(journal))
        if media is not None:
            (self.path(name) / "media.sealed").write_bytes(media)

    def write_book(self, lines: list[bytes]) -> None:
        self.logbook.write_bytes(b"".join(lines))

    def places(self, name: str) -> list[tuple[int, int]]:
        """(offset, end) of each segment."""
        payloads = map(payload_of, self.lines(name))
        return [
            (payload["offset"], payload["offset"] + payload["length"])
            for payload in payloads
            if payload["type"] == "segment"
        ]

    def resign(self, name: str, change: Callable[[Payloads], object]) -> None:
        """What whoever has the key could do to a journal."""
        self.write(name, rewrite(self.lines(name), change, self.signer, JOURNAL))

    def signed(self, typ: str, payload: dict[str, Any]) -> bytes:
        return jws(self.signer, header(typ, self.signer.kid), dump(payload))


def with_other_recipients(store: StoreWriter) -> str:
    """Two recordings sealed to the wrong ones: of the policy that the evidence proves, whose id is returned,
    and of another version, of which nothing is known."""
    policy = Policy.from_core(store.maker.core)
    _shares, shares = make_shares(policy, fixed_id("swapped"), fixed_random("swapped"))
    shares[0]["envelopes"].reverse()
    found = store.record(shares=shares)
    store.record(shares=shares, policy=policy.version + 1)
    (store.folder / "receipt.json").write_bytes(store.maker.make().files()["receipt.json"])
    return found


def verify(folder: Path, head: Head | None = None) -> Report:
    """As `zhilu verify` does without a trust document."""
    return judge(find(folder), None, head)


def defects(folder: Path, head: Head | None = None) -> list[Finding]:
    return verify(folder, head).defects
