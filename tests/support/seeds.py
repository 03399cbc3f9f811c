"""What a fuzzer begins with: the vectors of spec/, samples, and what fuzzing found before."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from support.entrances import PARTS, SPLIT
from support.recordings import RECORDING, Maker, dump, fixed_bytes
from support.vectors.files import payload_of
from support.vectors.judge import Read, read
from zhilu import strictjson
from zhilu.encoding import unb64u

ROOT = Path(__file__).resolve().parents[2]
VECTORS = ROOT / "spec/vectors"
CORPUS = ROOT / "tests/fuzz/corpus"

INPUTS = {
    "add-checkpoint": ["witness"],
    "assertion": ["assertion"],
    "checkpoint": ["note"],
    "decision": ["decision"],
    "entry": ["entry"],
    "handover": ["handover-request"],
    "hello": ["hello"],
    "journal": ["journal", "arriving"],
    "json": ["json"],
    "line": ["line"],
    "logbook": ["logbook"],
    "private": ["private"],
    "registration": ["registration"],
    "segment": ["segment", "splitting"],
    "trust": ["trust"],
    "viewing-request": ["viewing-request"],
    "word": ["word-request"],
}
"""Which entrances take the bytes of which kind of vector."""

SMALL = 16_384
"""Larger bodies only slow a fuzzer down."""


def seeds(name: str) -> list[bytes]:
    return [*_from_vectors().get(name, []), *_OTHERS.get(name, []), *corpus(name)]


def corpus(name: str) -> list[bytes]:
    """Findings of earlier runs; each must be harmless now."""
    return [path.read_bytes() for path in sorted((CORPUS / name).glob("*")) if path.is_file()]


@cache
def _from_vectors() -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for path in sorted(VECTORS.rglob("*.vector")):
        vector = read(path)
        for name, body in _bodies(vector):
            if len(body) <= SMALL:
                found.setdefault(name, []).append(body)
    return found


def _bodies(vector: Read) -> Iterator[tuple[str, bytes]]:
    kind, body = vector["input"], vector.body
    for name in INPUTS.get(kind, []):
        yield name, body
    if kind in ("journal", "logbook", "line") and vector["expect"] == "ok":
        yield from _payloads(kind, body, vector["typ"])
    if kind == "bundle":
        yield "bundle", bytes([int(vector["count"])]) + body
    if kind == "receipt":
        yield from _receipts(strictjson.loads_object(body, 2**20)["message"])
    if kind in ("hello", "grant", "handover", "word") and vector["expect"] == "ok":
        yield from _inner(kind, body)
    if kind == "request":
        got = strictjson.loads_object(body)
        heads = [f"{name}: {value}" for name, value in got["headers"].items()]
        yield "request", "\n".join([got["method"], got["path"], got["query"], *heads]).encode()
    if kind == "recording":
        files = {name: unb64u(data) for name, data in strictjson.loads_object(body, 2**20).items()}
        yield "recording", SPLIT.join(files.get(name, b"") for name in PARTS)
        if "trust.json" in files:
            yield "trust", files["trust.json"]


def _payloads(kind: str, body: bytes, typ: str) -> Iterator[tuple[str, bytes]]:
    """Payloads without number and `prev`, one a row: for the entrances that sign."""
    if typ not in ("zhilu-journal", "zhilu-logbook", "zhilu-import"):
        return
    rows = [payload_of(line) for line in body.splitlines()]
    bare = b"\n".join(dump({k: v for k, v in row.items() if k not in ("n", "prev")}) for row in rows)
    yield f"{typ.removeprefix('zhilu-')}-signed", bare
    if kind == "logbook":
        yield "store", SPLIT.join((bare, str(RECORDING).encode(), Maker().make().journal, b"media"))
    if kind == "line":
        yield "line-signed", bare
    for row in rows:
        if row["type"] == "open":
            yield "open-line", dump(row)


def _receipts(message: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    yield "receipt", dump(message)
    yield "receipt-request", dump(message)
    entry = message.get("receipt")
    if isinstance(entry, dict):
        yield "entry", dump(entry)
        note = entry.get("checkpoint")
        common = {"checkpoint": note, "consistency": message.get("consistency"), "entries": [entry]}
        yield "entries-request", dump(common)
        times = {"issued": "2026-11-24T00:00:00.000Z", "valid_until": "2026-11-26T00:00:00.000Z"}
        head = {"type": "zhilu-snapshot/1", "bureau": "julu", "names": {}, "revocations": ""}
        yield "snapshot", dump(head | times | {"checkpoint": note, "entries": [entry]})


def _inner(kind: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    """What stands inside the signatures of the protocols."""
    if kind == "grant":
        yield "grant", unb64u(body.decode().split(".")[1])
        return
    got = strictjson.loads_object(body, 2**20)
    if kind == "hello":
        yield "hello-payload", unb64u(got["hello"].split(".")[1])
    elif kind == "word":
        yield "word", unb64u(got["word"])
    else:
        yield "handover", unb64u(got["handover"])
        yield "station-signature", got["station"].encode()


def _header(width: int) -> bytes:
    """A box that holds a box."""
    inner = (16).to_bytes(4, "big") + b"tkhd" + bytes(8)
    return (8 + len(inner)).to_bytes(4, "big") + b"moov" + inner * (width > 0)


_OTHERS: dict[str, list[bytes]] = {
    "answers": [
        dump({"docked": Maker().make().logbook_lines[0].decode().rstrip()}),
        dump({"n": 1, "head": "0" * 64}),
        dump({"error": "x", "hint": "y"}),
        dump({"state": "stored", "segments": 1, "length": 1}),
        dump({"station_nonce": "A" * 43}),
    ],
    "b64u": [b"AAAA", b"_-8"],
    "boxes": [
        (16).to_bytes(4, "big") + b"ftyp" + b"isom" * 2 + _header(1),
        (8).to_bytes(4, "big") + b"moof" + (8).to_bytes(4, "big") + b"mdat",
    ],
    "clock-request": [dump({"station_at": "2026-11-24T10:40:03.000Z", "source": "ntp"})],
    "cose-key": [bytes.fromhex("a5010203262001215820") + bytes(32) + bytes.fromhex("225820") + bytes(32)],
    "duty": [
        b'{"officer":"","credentials":[],"station":"","bay":1,"officer_check_least":"key","drill":false}'
    ],
    "envelope": [b"\x04" + fixed_bytes("x", 112)],
    "gpsd": [
        b'{"class":"TPV","mode":3,"time":"2026-11-24T10:40:03.000Z","lat":37.2,"lon":115.1,"eph":9.5}',
        b'{"class":"SKY"}\n{"class":"TPV","mode":1}',
    ],
    "jwk": [dump(Maker().recorder.jwk)],
    "kinds": [
        b"RIFF\x10\0\0\0AVI LIST",
        b"\0\0\0\x10ftypisom\0\0\0\0",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
    ],
    "names": [
        b"{serial}_{officer}_{time:YYYYMMDDhhmmss}_{number}\nXT1_a_20261124104003_1.mp4",
        b"{any}-{time:YYYY-MM-DD}\nA-2026-02-30",
    ],
    "policy": [dump(Maker(city=True).core)],
    "tile": [b"tile/0/x001/234.p/5", b"tile/entries/000"],
    "vkey": [Maker().ledger.signer.vkey.encode(), Maker().ledger.cosigner.vkey.encode()],
}
