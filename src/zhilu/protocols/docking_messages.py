"""The messages of spec/docking.md, for both sides: composed to bytes, parsed into frozen dataclasses.

Rules: strict JSON of at most 1 MiB; a missing or ill-typed field is `field`. Parsing says what was said, not
whether it is true: the handover is judged in `docking_handover`, the order of steps in `docking_recorder`.
Only `open_hello` judges here: a hello means nothing before its signature and nonce have been compared.

Bytes that are signed or hashed are kept as sent: a handover travels as b64u of its bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from zhilu.encoding import b64u, hex32, parse_time, unb64u, uuid_bytes
from zhilu.errors import DataError, ZhiluError
from zhilu.sealed.keys import Signer
from zhilu.sealed.lines import MAX_LINE, compact_jws, open_jws
from zhilu.strictjson import FieldError, dumps, fields, loads_object
from zhilu.tlog.proof import MAX_PATH, ProvedEntry

MAX_BODY = 1_048_576
NONCE_SIZE = 32
HELLO = "zhilu-hello"
HANDOVER = "zhilu-handover"
ENTRY_KINDS = ("policy-set/1", "recorder-assigned/1", "recorder-bound/1")

TEXT_OR_NULL = (str, type(None))


@dataclass(frozen=True)
class Held:
    """A recording that the recorder has not cleared. `length` in bytes; `last` is hex."""

    id: UUID
    lines: int
    last: str
    length: int
    segments: int
    opened_at: str
    officer: str | None
    drill: bool

    def to_json(self) -> dict[str, Any]:
        return self.__dict__ | {"id": str(self.id)}

    @classmethod
    def from_json(cls, value: object) -> Held:
        shape = {"id": str, "lines": int, "last": str, "length": int, "segments": int, "opened_at": str}
        got = fields(value, shape | {"officer": TEXT_OR_NULL, "drill": bool})
        encoded("last", hex32, got["last"])
        encoded("opened_at", parse_time, got["opened_at"])
        counts(got, "lines", "length", "segments")
        return cls(**got | {"id": recording_id(got["id"])})


@dataclass(frozen=True)
class Hello:
    """What a recorder says of itself. Nonces are 32 bytes; certificates hex; `free`, `total` bytes;
    `checkpoint` is (size, hex of the note) of the newest that it verified."""

    station_nonce: bytes
    recorder_nonce: bytes
    station_tls: str
    recorder_tls: str
    n: int
    head: str
    at: str
    battery: int | None
    free: int
    total: int
    checkpoint: tuple[int, str] | None
    recordings: tuple[Held, ...]

    def to_bytes(self) -> bytes:
        mark = self.checkpoint
        return dumps(
            self.__dict__
            | {
                "station_nonce": b64u(self.station_nonce),
                "recorder_nonce": b64u(self.recorder_nonce),
                "checkpoint": {"size": mark[0], "hash": mark[1]} if mark else None,
                "recordings": [held.to_json() for held in self.recordings],
            }
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Hello:
        got = fields(loads_object(data, MAX_BODY), _HELLO)
        for name in ("station_nonce", "recorder_nonce"):
            got[name] = nonce(name, got[name])
        for name in ("station_tls", "recorder_tls", "head"):
            encoded(name, hex32, got[name])
        encoded("at", parse_time, got["at"])
        counts(got, "n", "free", "total")
        got["checkpoint"] = _mark(got["checkpoint"])
        got["recordings"] = tuple(Held.from_json(value) for value in got["recordings"])
        return cls(**got)


_HELLO: dict[str, type | tuple[type, ...]] = {
    "station_nonce": str,
    "recorder_nonce": str,
    "station_tls": str,
    "recorder_tls": str,
    "n": int,
    "head": str,
    "at": str,
    "battery": (int, type(None)),
    "free": int,
    "total": int,
    "checkpoint": (dict, type(None)),
    "recordings": list,
}


def _mark(value: dict[str, Any] | None) -> tuple[int, str] | None:
    if value is None:
        return None
    got = fields(value, {"size": int, "hash": str})
    encoded("checkpoint", hex32, got["hash"])
    return got["size"], got["hash"]


def hello_request(station_nonce: bytes) -> bytes:
    """Body of `POST /hello`."""
    return dumps({"station_nonce": b64u(station_nonce)})


def parse_hello_request(body: bytes) -> bytes:
    """The station's nonce."""
    return nonce(
        "station_nonce", fields(loads_object(body, MAX_BODY), {"station_nonce": str})["station_nonce"]
    )


def hello_answer(signer: Signer, hello: Hello) -> bytes:
    return dumps({"hello": compact_jws(signer, HELLO, hello.to_bytes())})


def open_hello(
    body: bytes,
    kid: str,
    key: EllipticCurvePublicKey,
    *,
    station_nonce: bytes,
    station_tls: str,
    recorder_tls: str,
) -> Hello:
    """The station's check of an answer (spec §3): signature by the enrolled key, its own nonce (`nonce`),
    both certificates of this very connection (`tls`)."""
    text = fields(loads_object(body, MAX_BODY), {"hello": str})["hello"]
    hello = Hello.from_bytes(open_jws(text, HELLO, kid, key))
    if hello.station_nonce != station_nonce:
        raise DataError("nonce", "The recorder's answer belongs to another greeting.")
    if (hello.station_tls, hello.recorder_tls) != (station_tls, recorder_tls):
        raise DataError("tls", "The recorder's answer belongs to another connection.")
    return hello


@dataclass(frozen=True)
class HandoverRequest:
    """Body of `POST /handover`. `handover` is the bytes that D covers; `station` the JWS, `station_jwk`
    its key, which counts only by its thumbprint; `assertion` as `protocols.assertions` takes it, None where
    the check is `fprintd`."""

    handover: bytes
    station: str
    station_jwk: dict[str, Any]
    check: str
    assertion: dict[str, Any] | None

    def to_bytes(self) -> bytes:
        return dumps(self.__dict__ | {"handover": b64u(self.handover)})

    @classmethod
    def from_bytes(cls, body: bytes) -> HandoverRequest:
        shape = {"handover": str, "station": str, "station_jwk": dict, "check": str}
        got = fields(loads_object(body, MAX_BODY), shape | {"assertion": (dict, type(None))})
        return cls(**got | {"handover": encoded("handover", unb64u, got["handover"])})


@dataclass(frozen=True)
class EntriesRequest:
    """Body of `POST /entries`: all entries stand under the one checkpoint note."""

    checkpoint: bytes
    consistency: tuple[bytes, ...]
    entries: tuple[ProvedEntry, ...]

    def to_bytes(self) -> bytes:
        return dumps(
            {
                "checkpoint": self.checkpoint.decode(),
                "consistency": [value.hex() for value in self.consistency],
                "entries": [_without_checkpoint(entry) for entry in self.entries],
            }
        )

    @classmethod
    def from_bytes(cls, body: bytes) -> EntriesRequest:
        return cls.from_json(loads_object(body, MAX_BODY))

    @classmethod
    def from_json(cls, value: object) -> EntriesRequest:
        got = fields(value, {"checkpoint": str, "consistency": list, "entries": list})
        entries = tuple(entry_under(got["checkpoint"], entry) for entry in got["entries"])
        return cls(got["checkpoint"].encode(), hashes("consistency", got["consistency"]), entries)


def entry_under(checkpoint: str, value: object) -> ProvedEntry:
    """A proved entry that may leave its checkpoint out; if it names one, it is this one."""
    if not isinstance(value, Mapping) or value.get("checkpoint", checkpoint) != checkpoint:
        raise FieldError("checkpoint")
    return ProvedEntry.from_json({**value, "checkpoint": checkpoint})


def _without_checkpoint(entry: ProvedEntry) -> dict[str, Any]:
    return {name: value for name, value in entry.to_json().items() if name != "checkpoint"}


@dataclass(frozen=True)
class ReceiptRequest:
    """Body of `POST /receipt` (spec/ledger.md §5)."""

    receipt: ProvedEntry
    consistency: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        consistency = [value.hex() for value in self.consistency]
        return dumps({"receipt": self.receipt.to_json(), "consistency": consistency})

    @classmethod
    def from_bytes(cls, body: bytes) -> ReceiptRequest:
        got = fields(loads_object(body, MAX_BODY), {"receipt": dict, "consistency": list})
        return cls(ProvedEntry.from_json(got["receipt"]), hashes("consistency", got["consistency"]))


@dataclass(frozen=True)
class ClockRequest:
    """Body of `POST /clock`. `source` says where the station has its time from."""

    station_at: str
    source: str

    def to_bytes(self) -> bytes:
        return dumps(self.__dict__)

    @classmethod
    def from_bytes(cls, body: bytes) -> ClockRequest:
        got = fields(loads_object(body, MAX_BODY), {"station_at": str, "source": str})
        encoded("station_at", parse_time, got["station_at"])
        if len(got["source"]) > 64:
            raise FieldError("source")
        return cls(**got)


def line_answer(name: str, line: bytes) -> bytes:
    """`{"docked": line}` or `{"cleared": line}`, the line without its LF."""
    return dumps({name: line.removesuffix(b"\n").decode("ascii")})


def parse_line_answer(name: str, body: bytes) -> bytes:
    """The line of `line_answer`, without LF; to be verified as a line of the logbook, by its reader."""
    text: str = fields(loads_object(body, MAX_BODY), {name: str})[name]
    if len(text) >= MAX_LINE or not text.isascii():
        raise FieldError(name)
    return text.encode("ascii")


def undock_answer(n: int, head: str) -> bytes:
    return dumps({"n": n, "head": head})


def parse_undock_answer(body: bytes) -> tuple[int, str]:
    got = fields(loads_object(body, MAX_BODY), {"n": int, "head": str})
    encoded("head", hex32, got["head"])
    return got["n"], got["head"]


def error_answer(error: ZhiluError) -> bytes:
    return dumps({"error": error.code, "hint": error.hint})


def parse_error_answer(body: bytes) -> DataError:
    """What the peer refused, as an error of this side; `bad-answer` where the body is not such an answer."""
    try:
        got = fields(loads_object(body, MAX_BODY), {"error": str, "hint": str})
    except DataError:
        return DataError("bad-answer", "The peer answered something that cannot be read.")
    return DataError(got["error"][:64], got["hint"][:500])


def recording_id(text: str) -> UUID:
    """A UUID in its one spelling; parsed before it touches a path."""
    return UUID(bytes=encoded("id", uuid_bytes, text))


def nonce(name: str, text: str) -> bytes:
    data = encoded(name, unb64u, text)
    if len(data) != NONCE_SIZE:
        raise FieldError(name)
    return bytes(data)


def hashes(name: str, values: list[Any]) -> tuple[bytes, ...]:
    if len(values) > MAX_PATH or not all(isinstance(value, str) for value in values):
        raise FieldError(name)
    return tuple(encoded(name, hex32, value) for value in values)


def encoded(name: str, read: Any, text: str) -> Any:
    try:
        return read(text)
    except DataError:
        raise FieldError(name) from None


def counts(got: dict[str, Any], *names: str) -> None:
    for name in names:
        if got[name] < 0:
            raise FieldError(name)
