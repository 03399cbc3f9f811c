"""Sound evidence of random shape, composed as a recorder composes it: the real Chain, Sealer and envelopes.

A recorder lives through some power-ons: it records, is told why not, is cut off and recovers, is docked,
assigned, cleared. One of its recordings, stored in a ledger of random size, is handed out with the logbook.
Or a station imports a row of files. Keys are few and TEST keys; pictures are random bytes. The same seed
gives the same shape (envelopes are random: HPKE).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support.recordings import Ledger, dump, fixed_bytes, fixed_key, policy_core
from zhilu.encoding import format_time, sha256, uuid7
from zhilu.sealed.envelopes import Policy, make_shares, make_text
from zhilu.sealed.imports import PIECE, STATES
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.lines import IMPORT, JOURNAL, LOGBOOK, Chain, line_hash
from zhilu.sealed.segments import Sealer, key_commitment, recording_key, seal_private
from zhilu.tlog.checkpoint import Checkpoint, sign
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.merkle import root
from zhilu.tlog.note import Note

NIGHT = datetime(2026, 11, 24, tzinfo=UTC)
KINDS = ("tpm", "token", "file", "none")
Core = dict[str, Any]


@cache
def signer(name: str) -> SoftSigner:
    return SoftSigner(fixed_key(name))


@cache
def policy_of(version: int, city: bool) -> tuple[Core, Policy]:
    core = policy_core(version, city)
    return core, Policy.from_core(core)


@cache
def cosigner(name: str) -> CosignatureSigner:
    return CosignatureSigner(name, Ed25519PrivateKey.from_private_bytes(fixed_bytes(name)))


@dataclass
class Evidence:
    """One recording as it is handed out; an import has no logbook."""

    journal: list[bytes]
    media: list[bytes]
    logbook: list[bytes] | None
    receipt: bytes
    trust: bytes
    recording: UUID
    signer: SoftSigner
    typ: str
    notes: frozenset[str] = frozenset()
    """Codes of notes that may stand in the report."""

    @property
    def files(self) -> dict[str, bytes]:
        files = {"journal.jws": b"".join(self.journal), "media.sealed": b"".join(self.media)}
        if self.logbook is not None:
            files["logbook.jws"] = b"".join(self.logbook)
        return files | {"receipt.json": self.receipt}


@dataclass
class Recording:
    """What a recorder has of one recording. `boot`: the note that the power-on named, and its tree's size."""

    id: UUID
    journal: list[bytes]
    media: list[bytes]
    closed: Core
    closed_by: str
    opened: Core
    boot: tuple[bytes, int]
    policy_index: int
    cleared: bool = False


class County:
    """A ledger that others use too, with one to three cosigners; `all_demanded`: none can be left out."""

    def __init__(self, rng: Random, all_demanded: bool = False) -> None:
        self.rng = rng
        self.ledger = Ledger()
        self.cosigners = [cosigner(f"cosigner{n}.example") for n in range(rng.choice((1, 1, 2, 3)))]
        self.quorum = len(self.cosigners) if all_demanded else rng.randint(1, len(self.cosigners))
        self.at = NIGHT - timedelta(days=1)
        self.others()

    def others(self) -> None:
        for _ in range(self.rng.choice((0, 1, 3, 9))):
            self.ledger.append("access-logged/1", {"n": self.rng.randrange(2**40)})

    def note(self) -> bytes:
        """Cosigned; sometimes by strangers too."""
        self.at += timedelta(minutes=self.rng.randint(1, 90))
        ledger = self.ledger
        size = ledger.size
        text = Checkpoint(ledger.signer.name, size, root(size, ledger.hashes))
        note = Note.parse(sign(text, ledger.signer))
        names = [*self.cosigners, *([cosigner("stranger.example")] if self.rng.random() < 0.2 else [])]
        for one in names:
            note = note.add(cosign(note.text, one, int(self.at.timestamp())))
        return note.format()

    def trust(self) -> bytes:
        lost = {"kid": signer("another").kid, "since": "2026-01-01T00:00:00.000Z", "reason": "lost"}
        return dump(
            {
                "type": "zhilu-trust/1", "bureau": "julu", "name": {"zh": "巨鹿", "en": "Julu"},
                "issued": "2026-11-01T00:00:00.000Z", "roots": ["-----BEGIN CERTIFICATE-----"],
                "ledger": self.ledger.signer.vkey, "cosigners": [one.vkey for one in self.cosigners],
                "quorum": self.quorum, "revoked": [lost] if self.rng.random() < 0.2 else [],
            }
        )  # fmt: skip


class Recorder:
    """A device from its enrolment on."""

    def __init__(self, rng: Random, county: County, steps: bool = False) -> None:
        """`steps`: now and then power fails between counter and line, as a note in a recording's report."""
        self.rng, self.county, self.steps = rng, county, steps
        self.signer = signer(f"recorder {rng.randrange(4)}")
        self.kind = rng.choice(KINDS)
        self.at, self.mono_us = NIGHT, 0
        self.counter = rng.choice((0, 0, rng.randrange(10**6)))
        self.book, self.logbook = Chain(), list[bytes]()
        self.recordings: list[Recording] = []
        self.drill: bool | None = None
        self.left: tuple[str, str] | None = None
        """(id, last signed time) of a recording that was cut off and that nothing follows yet."""
        self.boot_note = (b"", 0)
        self._enrol()

    # --- the ledger's side

    def _enrol(self) -> None:
        ledger = self.county.ledger
        self.city = self.rng.random() < 0.3
        self.version = self.rng.randint(1, 9)
        self.core, self.policy = policy_of(self.version, self.city)
        self.policy_index = ledger.append("policy-set/1", self.core)
        entry = {"recorder": self.signer.kid, "jwk": self.signer.jwk, "serial": "XT-1"}
        entry |= {"counter_kind": self.kind}
        self.enrolled_index = ledger.append("recorder-enrolled/1", entry)
        self.county.others()
        self.log(
            "enrolled", serial="XT-1", jwk=self.signer.jwk, roots=[fixed_bytes("root").hex()],
            ledger=ledger.signer.vkey, cosigners=[one.vkey for one in self.county.cosigners],
            quorum=self.county.quorum, counter_kind=self.kind, counter=self.counter,
        )  # fmt: skip

    # --- time and lines

    def passes(self, least_ms: int, most_ms: int) -> None:
        ms = self.rng.randint(least_ms, most_ms)
        self.at += timedelta(milliseconds=ms)
        self.mono_us += ms * 1000

    def count(self, step: int = 1) -> int:
        self.counter += step
        return self.counter

    def log(self, type_: str, **more: Any) -> bytes:
        line = self.book.next(self.signer, LOGBOOK, type_, self.at, self.mono_us, **more)
        self.logbook.append(line)
        return line

    # --- life

    def power_on(self) -> None:
        self.counter += self.steps and self.rng.random() < 0.1
        self.mono_us = self.rng.randrange(10**7)
        self.at += timedelta(seconds=self.rng.randint(1, 40_000))
        known = self.rng.random() < 0.9 or not self.boot_note[0]
        if known:
            self.boot_note = self.county.note(), self.county.ledger.size
        hash_ = sha256(self.boot_note[0]).hex()
        self.log("boot", counter=self.count(), uptime_ms=900, checkpoint=hash_, software="zhilu 0.1.0")
        self.say_something()

    def say_something(self) -> None:
        rng = self.rng
        if rng.random() < 0.4:
            self.log("battery", percent=rng.randint(0, 100))
        if rng.random() < 0.3:
            self.log("storage", free=rng.randrange(2**35), total=2**35)
        if rng.random() < 0.2:
            self.log("fault", code="source", detail="相机")
        if rng.random() < 0.2:
            self.drill = rng.random() < 0.5
            self.log(
                "assigned", entry=fixed_bytes("entry").hex(), index=rng.randrange(99), officer=self.person(),
                station=signer("station").kid, bay=rng.randint(1, 16), drill=self.drill,
            )  # fmt: skip
        if rng.random() < 0.1:
            entry = fixed_bytes("entry").hex()
            self.log("trust-changed", entry=entry, index=3, kind="policy-set/1", version=self.version)
        if rng.random() < 0.1:
            before = format_time(self.at)
            self.at += timedelta(milliseconds=rng.randint(-200_000, 200_000))
            self.log(
                "clock-set", before=before, after=format_time(self.at), offset_us=rng.randint(-9, 9),
                station=signer("station").kid, source="ntp",
            )  # fmt: skip

    def person(self) -> str:
        return str(uuid7(1_790_000_000_000, self.rng.randbytes(10)))

    def record(self, cut: bool = False) -> Recording:
        """`cut`: power fails before `close`; what follows is the next power-on's `recovered`."""
        id_ = uuid7(int(self.at.timestamp() * 1000), self.rng.randbytes(10))
        more: Core = {}
        if self.left is not None and self.rng.random() < 0.8:
            more["follows"] = {"id": self.left[0], "until": self.left[1]}
        self.left = None
        line = self.log("recording-opened", counter=self.count(), id=str(id_), **more)
        tape = Tape(self, id_, line_hash(line))
        tape.run()
        if cut:
            closed = tape.closing()
            torn = {"cut": self.rng.choice((0, 4096)), "torn": 0, "until": tape.last_at}
            self.log("recovered", counter=self.count(1), **closed, **torn)
            self.left = (str(id_), tape.last_at)
        else:
            reason = self.rng.choice(("power-off", "end-of-source", "fault", "storage-full"))
            tape.line("close", reason=reason, segments=len(tape.media), length=tape.length)
            closed = tape.closing()
            self.log("recording-closed", counter=self.count(1), **closed)
            self.left = (str(id_), tape.last_at) if reason == "fault" else None
        by = "recovered" if cut else "recording-closed"
        boot, policy = self.boot_note, self.policy_index
        made = Recording(id_, tape.lines, tape.media, closed, by, tape.opened, boot, policy)
        self.recordings.append(made)
        return made

    def dock(self) -> None:
        self.log(
            "docked", handover=fixed_bytes("handover").hex(), station_nonce="A" * 43,
            checkpoint=sha256(self.boot_note[0]).hex(),
        )  # fmt: skip
        for made in self.recordings:
            if self.rng.random() < 0.7 and not made.cleared:
                made.cleared = True
                self.log("cleared", id=str(made.id), receipt="0" * 64, index=1, checkpoint="0" * 64)

    def live(self) -> None:
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            self.power_on()
            if self.rng.random() < 0.1:
                self.power_on()  # power failed at once
            if self.rng.random() < 0.2:
                reason = self.rng.choice(("camera", "storage-full", "no-policy", "in-dock"))
                self.log("not-recording", reason=reason, detail="")
            cut = False
            for _ in range(self.rng.choice((1, 1, 2))):
                self.passes(10, 100_000)
                cut = self.rng.random() < 0.25
                self.record(cut)
                if cut:
                    break
                self.say_something()
            if not cut:
                if self.rng.random() < 0.3:
                    self.dock()
                if self.rng.random() < 0.9:
                    self.log("shutdown", reason="power-off")


class Tape:
    """The journal and the media of one recording while they are made."""

    def __init__(self, recorder: Recorder, id_: UUID, opened_by: bytes) -> None:
        self.recorder, self.rng, self.id = recorder, recorder.rng, id_
        self.chain, self.lines, self.media = Chain(opened_by), list[bytes](), list[bytes]()
        self.length = self.minutes = self.pts_us = 0
        self.begun_us = recorder.mono_us
        shares, field_ = make_shares(recorder.policy, id_)
        self.text_key, text = make_text(recorder.policy, id_)
        key = recording_key(shares, id_)
        self.sealer = Sealer(key, id_)
        self.opened: Core = {
            "id": str(id_),
            "suite": "zhilu-1",
            "origin": self.rng.choice(("camera", "camera", "rtsp", "file", "test")),
            "drill": bool(recorder.drill),
            "officer": recorder.person() if self.rng.random() < 0.8 else None,
            "policy": recorder.version,
            "shares": field_,
            "text": text,
            "key_commitment": key_commitment(key, id_).hex(),
            "codec": self.rng.choice(("avc1.42c01e", "avc1.42c01e,mp4a.40.2")),
            "media": "video/mp4",
            "width": 1920,
            "height": 1080,
        }
        self.last_at = ""
        self.line("open", **self.opened)

    def line(self, type_: str, **more: Any) -> None:
        recorder = self.recorder
        self.last_at = format_time(recorder.at)
        at, mono_us = recorder.at, recorder.mono_us
        self.lines.append(self.chain.next(recorder.signer, JOURNAL, type_, at, mono_us, **more))

    def run(self) -> None:
        self.segment(0)
        for _ in range(self.rng.choice((0, 1, 2, 4, 8, 12))):
            self.recorder.passes(500, self.rng.choice((2_000, 2_000, 30_000)))
            self.count_minutes()
            self.segment(self.rng.choice((2_000_000, 2_000_000, self.rng.randrange(10**7))))
            self.between()

    def count_minutes(self) -> None:
        while self.recorder.mono_us - self.begun_us >= 60_000_000 * (self.minutes + 1):
            self.minutes += 1
            self.line("minute", counter=self.recorder.count())

    def segment(self, duration_us: int) -> None:
        rng = self.rng
        plain = rng.randbytes(rng.choice((0, 1, 200, 1000, 4000, rng.choice((20_000, 100, 300_000)))))
        i, sealed = self.sealer.seal(plain)
        more: Core = {}
        if i and rng.random() < 0.5:
            position = {"at": format_time(self.recorder.at), "lat": 371_840_000, "lon": 1_150_300_000}
            more["private"] = seal_private(self.text_key, self.id, self.chain.n, {"position": position})
        pts = max(0, self.pts_us - rng.choice((0, 0, 0, 900_000))) if i else 0
        self.line(
            "segment", i=i, offset=self.length, length=len(sealed), sha256=sha256(sealed).hex(),
            pts_us=pts, duration_us=duration_us if i else 0, **more,
        )  # fmt: skip
        self.media.append(sealed)
        self.length += len(sealed)
        self.pts_us = max(self.pts_us, pts + duration_us)

    def between(self) -> None:
        rng = self.rng
        if rng.random() < 0.15:
            text = seal_private(self.text_key, self.id, self.chain.n, {"text": rng.choice(("", "重点标记"))})
            self.line("mark", pts_us=self.pts_us, private=text)
        if rng.random() < 0.1:
            lost = rng.randrange(10**7)
            self.line("gap", from_us=self.pts_us, to_us=self.pts_us + lost, reason="source")
            self.pts_us += lost
        if rng.random() < 0.1:
            reason = rng.choice(("black", "silent"))
            self.line("quality", from_us=0, to_us=self.pts_us, reason=reason)

    def closing(self) -> Core:
        return {
            "id": str(self.id),
            "lines": len(self.lines),
            "last": line_hash(self.lines[-1]).hex(),
            "segments": len(self.media),
            "length": self.length,
            "minutes": self.minutes,
        }


def sound_recording(rng: Random) -> Evidence:
    """A recording of a camera, a stream, a film or a scene."""
    recorder = Recorder(rng, County(rng), steps=True)
    recorder.live()
    return hand_out(recorder, rng.choice(recorder.recordings))


def sound_pair(rng: Random) -> tuple[Evidence, Evidence]:
    """Two recordings of one recorder, and every cosigner of the ledger is demanded: for mutations."""
    recorder = Recorder(rng, County(rng, all_demanded=True))
    while len(recorder.recordings) < 2:
        recorder.live()
    one, other = rng.sample(recorder.recordings, 2)
    return hand_out(recorder, one), hand_out(recorder, other)


def hand_out(recorder: Recorder, chosen: Recording) -> Evidence:
    county = recorder.county
    stored = county.ledger.append("recording-stored/1", stored_core(recorder, chosen))
    county.others()
    county.at = max(county.at, recorder.at)
    note, (boot_note, boot_size) = county.note(), chosen.boot
    prove = county.ledger.prove
    receipt = {
        "receipt": prove(stored, note, county.ledger.size),
        "enrolled": prove(recorder.enrolled_index, boot_note, boot_size),
        "policy": prove(chosen.policy_index, boot_note, boot_size),
    }
    return Evidence(
        chosen.journal, chosen.media, recorder.logbook, dump(receipt), county.trust(), chosen.id,
        recorder.signer, JOURNAL, frozenset({"clock-outside", "boot-unexplained", "recovered", "counter"}),
    )  # fmt: skip


def stored_core(recorder: Recorder, made: Recording) -> Core:
    closed = {name: value for name, value in made.closed.items() if name not in ("id", "minutes")}
    opened = {name: made.opened[name] for name in ("origin", "drill", "officer", "policy")}
    return closed | opened | {
        "recording": str(made.id), "recorder": recorder.signer.kid, "opened_at": "", "closed_at": "",
        "handover": fixed_bytes("handover").hex(), "officer_check": "key", "station": signer("station").kid,
        "bay": 1, "closed_by": made.closed_by, "copies": 1,
    }  # fmt: skip


FILES = ("video/mp4", "video/quicktime", "video/x-msvideo", "image/jpeg", "audio/wav")


def sound_import(rng: Random) -> Evidence:
    """A file of a recorder that does not seal, one of a row."""
    county = County(rng)
    station, ledger = signer("station"), county.ledger
    core, policy = policy_of(rng.randint(1, 9), rng.random() < 0.3)
    policy_index = ledger.append("policy-set/1", core)
    enrolled = ledger.append("station-enrolled/1", {"station": station.kid, "jwk": station.jwk, "name": "1"})
    county.others()
    note, size = county.note(), ledger.size
    prev = rng.choice((bytes(32), rng.randbytes(32)))
    id_ = uuid7(int(NIGHT.timestamp() * 1000), rng.randbytes(10))
    reel = Reel(rng, id_, prev, policy, sha256(note))
    stored = ledger.append("recording-imported/1", reel.core(station.kid, prev))
    county.others()
    last = county.note()
    receipt = {
        "receipt": ledger.prove(stored, last, ledger.size),
        "enrolled": ledger.prove(enrolled, note, size),
        "policy": ledger.prove(policy_index, note, size),
    }
    notes = frozenset({"clock-outside"})
    return Evidence(reel.lines, reel.media, None, dump(receipt), county.trust(), id_, station, IMPORT, notes)


class Reel:
    """The journal and the media of one import."""

    def __init__(self, rng: Random, id_: UUID, prev: bytes, policy: Policy, checkpoint: bytes) -> None:
        self.rng, self.id, self.chain = rng, id_, Chain(prev)
        self.lines, self.media = list[bytes](), list[bytes]()
        data = rng.randbytes(rng.choice((0, 1, 5000, PIECE, PIECE + 1, 2 * PIECE + 7)))
        shares, field_ = make_shares(policy, id_)
        text_key, text = make_text(policy, id_)
        key = recording_key(shares, id_)
        names = {"name": "a.mp4", "serial": "S", "officer": None, "claimed_at": None, "modified_at": None}
        self.source = {
            "sha256": sha256(data).hex(), "size": len(data), "state": rng.choice(STATES),
            "duration_us": rng.choice((None, 1_000_000)),
        }  # fmt: skip
        self.opened: Core = {
            "id": str(id_), "suite": "zhilu-1", "origin": "import", "drill": False, "officer": None,
            "policy": policy.version, "shares": field_, "text": text,
            "key_commitment": key_commitment(key, id_).hex(), "codec": "", "media": rng.choice(FILES),
            "width": 0, "height": 0, "source": self.source, "checkpoint": checkpoint.hex(),
            "private": seal_private(text_key, id_, 0, names),
        }  # fmt: skip
        self.line("open", **self.opened)
        sealer = Sealer(key, id_)
        for start in range(0, max(1, len(data)), PIECE):
            self.piece(*sealer.seal(data[start : start + PIECE]))
        self.line("close", reason="end-of-source", segments=len(self.media), length=self.length)

    @property
    def length(self) -> int:
        return sum(map(len, self.media))

    def line(self, type_: str, **more: Any) -> None:
        self.lines.append(self.chain.next(signer("station"), IMPORT, type_, NIGHT, len(self.lines), **more))

    def piece(self, i: int, sealed: bytes) -> None:
        place = {"i": i, "offset": self.length, "length": len(sealed), "sha256": sha256(sealed).hex()}
        self.line("segment", **place, pts_us=0, duration_us=0)
        self.media.append(sealed)

    def core(self, station: str, prev: bytes) -> Core:
        source = self.source
        return {
            "recording": str(self.id), "station": station, "prev": prev.hex(), "lines": len(self.lines),
            "last": line_hash(self.lines[-1]).hex(), "segments": len(self.media), "length": self.length,
            "media": self.opened["media"], "source_sha256": source["sha256"], "source_size": source["size"],
            "source_state": source["state"], "duration_us": source["duration_us"], "officer": None,
            "policy": self.opened["policy"], "opened_at": "", "closed_at": "", "copies": 1,
        }  # fmt: skip
