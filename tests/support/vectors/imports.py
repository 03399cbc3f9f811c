"""Vectors of imports (spec/journal.md §6): journals of typ `zhilu-import`, and whole evidence of one."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from support.recordings import RECORDING, START, Clock, Ledger, dump, fixed_key, fixed_random, policy_core
from support.vectors.files import Vector, key_headers, rewrite
from zhilu.encoding import b64u, sha256
from zhilu.sealed.envelopes import make_shares, make_text
from zhilu.sealed.imports import PIECE
from zhilu.sealed.keys import SoftSigner
from zhilu.sealed.lines import IMPORT, JOURNAL, Chain, line_hash
from zhilu.sealed.policy import Policy
from zhilu.sealed.segments import Sealer, key_commitment, recording_key, seal_private

SPEC = "journal.md §6"
FILM = b"bytes of a film that another recorder made " * 20


@dataclass
class ImportMaker:
    """One import; `open_changes` go over its first line, `pieces` over how the content is cut."""

    content: bytes = FILM
    pieces: list[bytes] | None = None
    typ: str = IMPORT
    prev: bytes = bytes(32)
    checkpoint: bytes = bytes(32)
    open_changes: dict[str, Any] = field(default_factory=dict)
    close_changes: dict[str, Any] = field(default_factory=dict)
    with_close: bool = True
    text: str = ""
    signer: SoftSigner = field(default_factory=lambda: SoftSigner(fixed_key("station")))

    def make(self) -> tuple[list[bytes], list[bytes]]:
        """(lines, sealed segments)"""
        policy, draw, clock = Policy.from_core(policy_core()), fixed_random(f"import {self.text}"), Clock()
        shares, shares_field = make_shares(policy, RECORDING, draw)
        text_key, text_field = make_text(policy, RECORDING, draw)
        key = recording_key(shares, RECORDING)
        names = {"name": "XT-01_056789_20261124101530_1.mp4", "serial": "XT-01", "officer": "056789"}
        names |= {"claimed_at": "2026-11-24T10:15:30", "modified_at": "2026-11-24T10:20:00.000Z"}
        opened = {
            "id": str(RECORDING),
            "suite": "zhilu-1",
            "origin": "import",
            "drill": False,
            "officer": None,
            "policy": 1,
            "shares": shares_field,
            "text": text_field,
            "key_commitment": key_commitment(key, RECORDING).hex(),
            "codec": "",
            "media": "video/mp4",
            "width": 1280,
            "height": 720,
            "source": self.source(),
            "checkpoint": self.checkpoint.hex(),
            "private": seal_private(text_key, RECORDING, 0, names),
        }
        chain, sealer = Chain(self.prev), Sealer(key, RECORDING)
        opened = {name: value for name, value in (opened | self.open_changes).items() if value != "absent"}
        lines = [chain.next(self.signer, self.typ, "open", *clock(), **opened)]
        media: list[bytes] = []
        for i, piece in enumerate(self.cut()):
            sealed = sealer.seal(piece)[1]
            place = {"i": i, "offset": sum(map(len, media)), "length": len(sealed)}
            more = {"sha256": sha256(sealed).hex(), "pts_us": 0, "duration_us": 0}
            lines.append(chain.next(self.signer, self.typ, "segment", *clock(), **place, **more))
            media.append(sealed)
        if self.with_close:
            closing = {"reason": "end-of-source", "segments": len(media), "length": sum(map(len, media))}
            closing |= self.close_changes
            lines.append(chain.next(self.signer, self.typ, "close", *clock(), **closing))
        return lines, media

    def source(self) -> dict[str, Any]:
        digest = hashlib.sha256(self.content).hexdigest()
        return {"sha256": digest, "size": len(self.content), "state": "sound", "duration_us": 5_312_000}

    def cut(self) -> list[bytes]:
        if self.pieces is not None:
            return self.pieces
        return [self.content[at : at + PIECE] for at in range(0, max(len(self.content), 1), PIECE)]


def vectors() -> list[Vector]:
    return [*_journals(), *_wholes()]


def _journals() -> Iterator[Vector]:
    three = bytes(range(256)) * (PIECE // 128) + b"the rest"
    source = ImportMaker().source()
    for name, spec, maker, expect in (
        ("ok", "one piece", ImportMaker(), "ok"),
        ("ok-three-pieces", "the last is shorter", ImportMaker(three), "ok"),
        ("ok-two-whole-pieces", "the last may be whole", ImportMaker(bytes(2 * PIECE)), "ok"),
        ("ok-empty", "an empty file is one empty segment", ImportMaker(b""), "ok"),
        ("ok-officer", "officer by id", ImportMaker(open_changes={"officer": str(RECORDING)}), "ok"),
        ("ok-truncated", "state", _with_source(state="truncated", duration_us=None), "ok"),
        ("ok-other-media", "media", ImportMaker(open_changes={"media": "application/octet-stream"}), "ok"),
        ("called-camera", "origin", ImportMaker(open_changes={"origin": "camera"}), "origin"),
        ("called-file", "origin", ImportMaker(open_changes={"origin": "file"}), "origin"),
        ("drill", "never a drill", ImportMaker(open_changes={"drill": True}), "drill"),
        ("media-unknown", "media", ImportMaker(open_changes={"media": "text/html"}), "field"),
        ("source-missing", "source", ImportMaker(open_changes={"source": "absent"}), "field"),
        ("source-state-unknown", "state", _with_source(state="fine"), "field"),
        ("source-hash-short", "sha256", _with_source(sha256=source["sha256"][:-2]), "field"),
        ("source-duration-text", "duration_us", _with_source(duration_us="5"), "field"),
        ("checkpoint-missing", "checkpoint", ImportMaker(open_changes={"checkpoint": "absent"}), "field"),
        ("private-missing", "private", ImportMaker(open_changes={"private": "absent"}), "field"),
        ("private-padded", "private", ImportMaker(open_changes={"private": "AA=="}), "field"),
        ("source-size-more", "size", _with_source(size=len(FILM) - 1), "source-size"),
        ("source-size-less", "size", _with_source(size=len(FILM) + 1), "source-size"),
        ("piece-short", "1 MiB", ImportMaker(three, [three[:9], three[9 : PIECE + 9]]), "segment-size"),
        ("piece-long", "1 MiB", ImportMaker(three, [three[: PIECE + 1]]), "segment-size"),
        ("piece-empty", "no empty last", ImportMaker(bytes(PIECE), [bytes(PIECE), b""]), "segment-size"),
        ("no-segment", "an empty file is one segment", ImportMaker(b"", []), "source-size"),
        ("close-reason", "end-of-source", ImportMaker(close_changes={"reason": "fault"}), "field"),
        ("unclosed", "close", ImportMaker(with_close=False), "unclosed"),
    ):
        yield _journal(name, spec, maker, expect)
    yield from _changed_lines()
    yield _chain("import-chain", bytes(32), "import-chain")
    yield _chain("ok-follows", bytes([7]) * 32, "ok")
    made = ImportMaker(typ=JOURNAL, open_changes={"media": "video/mp4"})
    yield _vector("import-in-a-journal", "typ", made, made.make()[0], "origin", JOURNAL)


def _with_source(**changed: Any) -> ImportMaker:
    return ImportMaker(open_changes={"source": ImportMaker().source() | changed})


def _changed_lines() -> Iterator[Vector]:
    maker = ImportMaker()
    lines, _ = maker.make()

    def timed(payloads: list[dict[str, Any]]) -> None:
        payloads[1]["duration_us"] = 1

    def minute(payloads: list[dict[str, Any]]) -> None:
        payloads.insert(1, {**payloads[1], "type": "minute", "counter": 3})

    def mark(payloads: list[dict[str, Any]]) -> None:
        payloads.insert(1, {**payloads[1], "type": "mark", "pts_us": 0, "private": "AAAA"})

    for name, change, expect in (
        ("timed", timed, "field"),
        ("minute", minute, "type"),
        ("mark", mark, "type"),
    ):
        changed = rewrite(lines, change, maker.signer, IMPORT)
        yield _vector(name, "no other lines, no times", maker, changed, expect)


def _chain(name: str, prev: bytes, expect: str) -> Vector:
    """`opened-by`: the hash of the last line of the station's import before it."""
    maker = ImportMaker(prev=prev)
    before = (bytes([7]) * 32).hex()
    return _vector(name, "prev", maker, maker.make()[0], expect, IMPORT, (("opened-by", before),))


def _journal(name: str, spec: str, maker: ImportMaker, expect: str) -> Vector:
    return _vector(name, spec, maker, maker.make()[0], expect)


def _vector(
    name: str,
    spec: str,
    maker: ImportMaker,
    lines: list[bytes],
    expect: str,
    typ: str = IMPORT,
    more: tuple[tuple[str, str], ...] = (),
) -> Vector:
    layer = "none" if expect == "ok" else "journal"
    headers = key_headers(maker.signer, typ) + more
    return Vector("import", name, "journal", f"{SPEC} {spec}", expect, layer, b"".join(lines), headers)


class Whole:
    """The evidence file of one import, its parts open to change."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.policy = self.ledger.append("policy-set/1", policy_core())
        self.station = SoftSigner(fixed_key("station"))
        self.enrolled = self._enrol(self.station)
        self.known = self.ledger.checkpoint(START - timedelta(hours=1))
        self.known_size = self.ledger.size
        self.lines, self.media = ImportMaker(checkpoint=sha256(self.known)).make()

    def _enrol(self, station: SoftSigner) -> int:
        core = {"station": station.kid, "jwk": station.jwk, "name": "第一采集站", "bays": 4}
        core |= {"rp_id": "dock.example", "origin": "http://s1.dock.example"}
        return self.ledger.append("station-enrolled/1", core)

    def core(self) -> dict[str, Any]:
        source = ImportMaker().source()
        return {
            "recording": str(RECORDING),
            "station": self.station.kid,
            "prev": bytes(32).hex(),
            "lines": len(self.lines),
            "last": line_hash(self.lines[-1]).hex(),
            "segments": len(self.media),
            "length": sum(map(len, self.media)),
            "media": "video/mp4",
            "source_sha256": source["sha256"],
            "source_size": source["size"],
            "source_state": source["state"],
            "duration_us": source["duration_us"],
            "officer": None,
            "policy": 1,
            "opened_at": "2026-11-24T10:40:03.623Z",
            "closed_at": "2026-11-24T10:40:04.623Z",
            "copies": 1,
        }

    def files(
        self, kind: str = "recording-imported/1", later: bool = False, **changed: Any
    ) -> dict[str, bytes]:
        """`later`: enrolment and policy under the receipt's checkpoint."""
        index = self.ledger.append(kind, self.core() | changed)
        note, size = self.ledger.checkpoint(START + timedelta(hours=2)), self.ledger.size
        known, known_size = (note, size) if later else (self.known, self.known_size)
        evidence = {
            "receipt": self.ledger.prove(index, note, size),
            "enrolled": self.ledger.prove(self.enrolled, known, known_size),
            "policy": self.ledger.prove(self.policy, known, known_size),
        }
        return {
            "journal.jws": b"".join(self.lines),
            "media.sealed": b"".join(self.media),
            "receipt.json": dump(evidence),
            "trust.json": dump(self.trust()),
        }

    def trust(self) -> dict[str, Any]:
        return {
            "type": "zhilu-trust/1",
            "bureau": "julu",
            "name": {"zh": "巨鹿县税务局", "en": "Julu County Tax Bureau"},
            "issued": "2026-11-01T00:00:00.000Z",
            "roots": [],
            "ledger": self.ledger.signer.vkey,
            "cosigners": [self.ledger.cosigner.vkey],
            "quorum": 1,
            "revoked": [],
        }


def _wholes() -> Iterator[Vector]:
    other = SoftSigner(fixed_key("second station"))
    ok = Whole().files()
    yield _whole("whole", "ok", "none", ok)
    yield _whole(
        "whole-without-trust", "not-anchored", "none", {n: d for n, d in ok.items() if n != "trust.json"}
    )
    yield _whole("whole-no-evidence", "no-key", "trust", {n: d for n, d in ok.items() if n != "receipt.json"})
    yield _whole("whole-receipt-of-another-kind", "kind", "receipt", Whole().files("recording-stored/1"))
    yield _whole("whole-another-station", "receipt-station", "receipt", Whole().files(station=other.kid))
    yield _whole("whole-later-checkpoint", "open-checkpoint", "receipt", Whole().files(later=True))
    for name, value in (("prev", "ab" * 32), ("source_sha256", "ab" * 32), ("source_state", "truncated")):
        receipt = Whole().files(**{name: value})
        yield _whole(f"whole-receipt-{name.replace('_', '-')}", "receipt-recording", "receipt", receipt)
    yield _whole(
        "whole-media-altered", "segment-hash", "media", ok | {"media.sealed": b"x" + ok["media.sealed"][1:]}
    )


def _whole(name: str, expect: str, layer: str, files: dict[str, bytes]) -> Vector:
    body = dump({path: b64u(data) for path, data in files.items()})
    headers = (("folder", str(RECORDING)),)
    return Vector("import", name, "import", "ledger.md §7", expect, layer, body, headers)
