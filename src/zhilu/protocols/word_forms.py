"""What a person says at a station's page (spec/docking.md §8), as bytes and as frozen dataclasses.

Rules: strict JSON of at most 512 KiB; whatever is not of the form is `word`. A word is composed once, by
`to_bytes`; from then on its bytes are kept, hashed and sent. Form only: who may say it, and whether it was
said, is judged in `words` and by the county.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from zhilu.encoding import b64u, is_bureau, parse_time, unb64u, uuid_bytes
from zhilu.errors import DataError
from zhilu.sealed import shapes
from zhilu.strictjson import FieldError, dumps, fields, loads_object

MAX_WORD = 524_288
NONCE_SIZE = 16
MOST_ACTS, MOST_OFFICERS, MOST_SPANS = 20, 20, 100
LONGEST_TAXPAYER, LONGEST_ELEMENT = 200, 1000
ELEMENTS = ("time", "place", "persons", "event", "cause", "course", "result")
REASONS = ("absent", "other-duty", "device-fault", "other")
"""Why a deputy comes in the officer's place (spec/registers.md §4)."""
FINGERS = tuple(
    f"{hand}-{finger}"
    for hand in ("left", "right")
    for finger in ("thumb", "index-finger", "middle-finger", "ring-finger", "little-finger")
)

_PROCEDURE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,15}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True, kw_only=True)
class Word:
    """What all kinds have. `persons` are ids, `nonce` 16 bytes, `at` a time as text."""

    kind: ClassVar[str]
    bureau: str
    station: str
    persons: tuple[str, ...]
    nonce: bytes
    at: str

    def to_bytes(self) -> bytes:
        """Composed once. Refuses (`word`) what nobody would read."""
        said = asdict(self) | {"nonce": b64u(self.nonce)}
        try:
            data = dumps({"kind": self.kind} | said)
        except DataError as error:
            raise _refusal(error) from None
        read_word(data)
        return data

    @classmethod
    def read(cls, got: dict[str, Any]) -> Word:
        """From the parsed object; FieldError names what is wrong."""
        return cls(**_common(got, 1))


@dataclass(frozen=True)
class Span:
    """A part of a recording, microseconds from its beginning."""

    recording: str
    from_us: int
    to_us: int

    @classmethod
    def read(cls, value: object) -> Span:
        got = fields(value, {"recording": str, "from_us": int, "to_us": int})
        _id(got["recording"], "recording")
        if not 0 <= got["from_us"] < got["to_us"]:
            raise FieldError("to_us")
        return cls(**got)


@dataclass(frozen=True)
class Act:
    """`act`: a UUIDv7. `elements`: name → text, those that are there."""

    act: str
    procedure: str
    officers: tuple[str, ...]
    taxpayer: str
    spans: tuple[Span, ...]
    elements: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, value: object, person: str) -> Act:
        got = fields(value, {"act": str, "procedure": str, "taxpayer": str, "elements": dict})
        if UUID(_id(got["act"], "act")).version != 7:
            raise FieldError("act")
        if not _PROCEDURE.fullmatch(shapes.text(got, "procedure")):
            raise FieldError("procedure")
        _text(got["taxpayer"], "taxpayer", LONGEST_TAXPAYER)
        got["officers"] = _ids(value, "officers", MOST_OFFICERS)
        if person not in got["officers"]:
            raise FieldError("officers")
        got["spans"] = tuple(Span.read(one) for one in _some(value, "spans", MOST_SPANS))
        _elements(got["elements"])
        return cls(**got)


@dataclass(frozen=True, kw_only=True)
class Statement(Word):
    """The officer of a handover (hex of D) on the acts that its recordings show."""

    kind: ClassVar[str] = "statement"
    handover: str
    acts: tuple[Act, ...]

    @classmethod
    def read(cls, got: dict[str, Any]) -> Statement:
        common = _common(got, 1)
        acts = tuple(Act.read(one, common["persons"][0]) for one in _some(got, "acts", MOST_ACTS))
        if len({act.act for act in acts}) != len(acts):
            raise FieldError("act")
        handover = shapes.digest(got, "handover").hex()
        return cls(**common, handover=handover, acts=acts)


@dataclass(frozen=True, kw_only=True)
class Assignment(Word):
    """A keeper gives a recorder to its next officer."""

    kind: ClassVar[str] = "assignment"
    recorder: str
    bay: int
    officer: str
    drill: bool
    deputy: bool
    reason_code: str | None

    @classmethod
    def read(cls, got: dict[str, Any]) -> Assignment:
        reason = shapes.optional_text(got, "reason_code")
        deputy = shapes.flag(got, "deputy")
        if (reason not in REASONS) if deputy else (reason is not None):
            raise FieldError("reason_code")
        return cls(
            **_common(got, 1),
            recorder=_kid(got, "recorder"),
            bay=shapes.number(got, "bay", 1),
            officer=_id(shapes.text(got, "officer"), "officer"),
            drill=shapes.flag(got, "drill"),
            deputy=deputy,
            reason_code=reason,
        )


@dataclass(frozen=True, kw_only=True)
class Finger(Word):
    """Two persons stand by while a finger of the subject is taken. `finger` as fprintd names it."""

    kind: ClassVar[str] = "finger"
    subject: str
    finger: str

    @classmethod
    def read(cls, got: dict[str, Any]) -> Finger:
        subject = _id(shapes.text(got, "subject"), "subject")
        finger = shapes.one_of(got, "finger", FINGERS)
        return cls(**_common(got, 2), subject=subject, finger=finger)


_KINDS: dict[str, Callable[[dict[str, Any]], Word]] = {
    kind.kind: kind.read for kind in (Statement, Assignment, Finger)
}


def read_word(data: bytes) -> Word:
    """Refuses with `word`. Nothing of what was said is told: it is personal."""
    try:
        got = loads_object(data, MAX_WORD)
        return _KINDS[shapes.one_of(got, "kind", tuple(_KINDS))](got)
    except DataError as error:
        raise _refusal(error) from None


def _refusal(error: DataError) -> DataError:
    return DataError("word", "What was said is not well formed: {why}", why=error)


def _common(got: dict[str, Any], persons: int) -> dict[str, Any]:
    if not is_bureau(shapes.text(got, "bureau")):
        raise FieldError("bureau")
    if len(named := _ids(got, "persons", persons)) != persons:
        raise FieldError("persons")
    nonce = shapes.read(got, "nonce", unb64u)
    if len(nonce) != NONCE_SIZE:
        raise FieldError("nonce")
    shapes.read(got, "at", parse_time)
    return {
        "bureau": got["bureau"],
        "station": _kid(got, "station"),
        "persons": named,
        "nonce": nonce,
        "at": got["at"],
    }


def _kid(got: dict[str, Any], name: str) -> str:
    if len(shapes.read(got, name, unb64u)) != 32:
        raise FieldError(name)
    return str(got[name])


def _id(text: object, name: str) -> str:
    """The one spelling of a UUID."""
    if not isinstance(text, str):
        raise FieldError(name)
    try:
        uuid_bytes(text)
    except DataError:
        raise FieldError(name) from None
    return text


def _some(value: Any, name: str, most: int) -> list[Any]:
    found: list[Any] = fields(value, {name: list})[name]
    if not 0 < len(found) <= most:
        raise FieldError(name)
    return found


def _ids(value: Any, name: str, most: int) -> tuple[str, ...]:
    found = tuple(_id(one, name) for one in _some(value, name, most))
    if len(set(found)) != len(found):
        raise FieldError(name)
    return found


def _text(text: object, name: str, longest: int) -> None:
    if not isinstance(text, str) or not text.strip() or len(text) > longest or _CONTROL.search(text):
        raise FieldError(name)


def _elements(texts: dict[str, Any]) -> None:
    for name, text in texts.items():
        if name not in ELEMENTS:
            raise FieldError("elements")
        _text(text, name, LONGEST_ELEMENT)
