"""Vectors of draws (spec/review.md §2): a draw's file with one thing wrong in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from support.recordings import Ledger, Maker, dump, fixed_bytes, fixed_id
from support.vectors.files import Vector
from zhilu.encoding import b64u, format_time
from zhilu.sealed import draws
from zhilu.sealed.draw_files import TYPE
from zhilu.tlog.cosign import CosignatureSigner, cosign
from zhilu.tlog.note import Note, NoteSigner

AFTER = datetime(2026, 11, 24, 9, 0, 0, tzinfo=UTC)
DRAW = str(fixed_id("draw"))
IDS = sorted(str(fixed_id(f"drawn from {number}")) for number in range(12))
CITY = CosignatureSigner(
    "xingtai.example/mirror", Ed25519PrivateKey.from_private_bytes(fixed_bytes("city cosigner"))
)


class Drawing:
    """A ledger with an announced and a made draw; what is told by keyword is otherwise than it should be."""

    def __init__(
        self,
        announced: dict[str, Any] | None = None,
        made: dict[str, Any] | None = None,
        at: timedelta = timedelta(seconds=61),
        covers: bool = True,
        signer: CosignatureSigner = CITY,
    ) -> None:
        self.ledger = Ledger()
        for number in range(3):
            self.ledger.append("notice-issued/1", {"notice": str(fixed_id(f"notice {number}"))})
        early = self._note(AFTER + at, signer)
        core = {
            "draw": DRAW,
            "departments": None,
            "since": "2026-11-01T00:00:00.000Z",
            "until": "2026-11-24T00:00:00.000Z",
            "list": draws.list_hash(IDS).hex(),
            "population": len(IDS),
            "count": None,
            "percent": 25,
            "second": 50,
            "after": format_time(AFTER),
            "cosigner": CITY.vkey,
        } | (announced or {})
        self.announced = self.ledger.append(
            "draw-announced/1", core, format_time(AFTER - timedelta(minutes=1))
        )
        note = self._note(AFTER + at, signer) if covers else early
        seed = draws.seed(bytes.fromhex(core["list"]), Note.parse(note).signatures[-1].data)
        chosen = draws.ordered(seed, IDS)[: draws.sample_size(len(IDS), core["count"], core["percent"])]
        said = {"draw": DRAW, "note": note.decode(), "seed": seed.hex(), "chosen": chosen} | (made or {})
        self.made = self.ledger.append("draw-made/1", said, format_time(AFTER + timedelta(minutes=2)))

    def _note(self, at: datetime, signer: CosignatureSigner) -> bytes:
        note = Note.parse(self.ledger.checkpoint(at, cosigned=False))
        return Note(note.text, (cosign(note.text, signer, int(at.timestamp())),)).format()

    def file(self, **changed: Any) -> bytes:
        note = self.ledger.checkpoint(AFTER + timedelta(minutes=3))
        entries = [self.ledger.prove(one, note, self.ledger.size) for one in (self.announced, self.made)]
        return dump({"type": TYPE, "announced": entries[0], "made": entries[1], "population": IDS} | changed)


def trust(**changed: Any) -> bytes:
    maker = Maker()
    maker.ledger = Ledger()
    maker.trust_changes = changed
    return dump(maker._trust())


def cases() -> Iterator[tuple[str, str, bytes, bytes | None]]:
    """Name, code, the file, the trust document."""
    good = Drawing()
    yield "ok", "ok", good.file(), trust()
    yield "ok-count", "ok", Drawing({"percent": None, "count": 3}).file(), trust()
    yield "ok-all", "ok", Drawing({"percent": None, "count": 50, "second": 0}).file(), trust()
    yield "not-anchored", "not-anchored", good.file(), None
    yield "type", "draw-file", good.file(type="zhilu-draw/2"), trust()
    yield "json", "json", good.file()[:-1], trust()
    yield "population-field", "field", good.file(population=[IDS[0].upper(), *IDS[1:]]), trust()
    yield "list-less", "draw-list", good.file(population=IDS[1:]), trust()
    yield "list-other", "draw-list", good.file(population=[*IDS[1:], DRAW]), trust()
    yield "list-twice", "draw-list", good.file(population=[*IDS[1:], IDS[1]]), trust()
    yield "bureau", "draw-bureau", good.file(), trust(bureau="qinghe")
    yield "ledger-key", "note-signature", good.file(), trust(ledger=_other_ledger())
    swapped = json.loads(good.file())
    yield "kind", "kind", dump(swapped | {"announced": swapped["made"]}), trust()
    yield "inclusion", "inclusion", dump(swapped | {"made": swapped["made"] | {"index": 0}}), trust()
    yield "other-draw", "draw-entries", Drawing(made={"draw": str(fixed_id("another draw"))}).file(), trust()
    yield "early", "draw-early", Drawing(at=timedelta(0)).file(), trust()
    yield "covered", "draw-covered", Drawing(covers=False).file(), trust()
    other = CosignatureSigner(CITY.name, Ed25519PrivateKey.from_private_bytes(fixed_bytes("somebody")))
    yield "cosigner", "note-signature", Drawing(signer=other).file(), trust()
    yield "seed", "draw-seed", Drawing(made={"seed": bytes(32).hex()}).file(), trust()
    chosen = draws.ordered(_seed_of(good), IDS)
    yield "chosen-order", "draw-chosen", Drawing(made={"chosen": chosen[:3][::-1]}).file(), trust()
    yield "chosen-less", "draw-chosen", Drawing(made={"chosen": chosen[:2]}).file(), trust()
    yield "chosen-more", "draw-chosen", Drawing(made={"chosen": chosen[:4]}).file(), trust()


def _seed_of(drawing: Drawing) -> bytes:
    core = json.loads(drawing.ledger.entries[drawing.made][1])
    return bytes.fromhex(core["seed"])


def _other_ledger() -> str:
    key = Ed25519PrivateKey.from_private_bytes(fixed_bytes("another ledger"))
    return NoteSigner(Ledger().signer.name, key).vkey


def vectors() -> Iterator[Vector]:
    for name, expect, file, trusted in cases():
        files = {"draw.json": file} | ({} if trusted is None else {"trust.json": trusted})
        data = dump({part: b64u(content) for part, content in files.items()})
        layer = "none" if expect in ("ok", "not-anchored") else "draw"
        yield Vector("draws", name, "draw", "review.md §2", expect, layer, data)
