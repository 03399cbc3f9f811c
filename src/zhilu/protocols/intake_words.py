"""What a station asks the county for its people (spec/intake.md §2), as values: words, templates, what a
stored recording says of itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from zhilu.encoding import b64u, parse_time, unb64u
from zhilu.errors import DataError
from zhilu.protocols.intake import ANSWER_LIMIT, Call
from zhilu.protocols.word_forms import ELEMENTS, NONCE_SIZE
from zhilu.strictjson import FieldError, dumps, fields, loads_object

MOST_TEMPLATES = 50
LONGEST_NAME = 40
MOST_MARKS = 500
"""Of one recording, that a form shows."""


def post_word() -> Call:
    return Call("POST", "/intake/words")


def post_nonce() -> Call:
    """Its body is `{}`."""
    return Call("POST", "/intake/words/nonce")


def get_told(recording: UUID) -> Call:
    return Call("GET", f"/intake/recordings/{recording}/told")


def get_templates(person: UUID) -> Call:
    return Call("GET", "/intake/templates", f"person={person}")


def post_template() -> Call:
    return Call("POST", "/intake/templates")


def word_body(digest: bytes, sealed: dict[str, str]) -> bytes:
    return dumps({"digest": digest.hex(), "sealed": sealed})


def template_body(person: UUID, name: str, elements: dict[str, str]) -> bytes:
    return dumps({"person": str(person), "name": name, "elements": elements})


def nonce_body(nonce: bytes) -> dict[str, str]:
    return {"nonce": b64u(nonce)}


def parse_nonce(body: bytes) -> bytes:
    """16 bytes; an answer that holds no such is `bad-answer`."""
    try:
        nonce = unb64u(fields(loads_object(body, ANSWER_LIMIT), {"nonce": str})["nonce"])
        if len(nonce) != NONCE_SIZE:
            raise FieldError("nonce")
    except DataError:
        raise _bad_answer() from None
    return nonce


@dataclass(frozen=True)
class Told:
    """A stored recording: from when to when, its first and last known place, marks in µs from its
    beginning."""

    begin: str
    end: str
    positions: tuple[dict[str, int], ...]
    marks: tuple[int, ...]

    @property
    def duration_us(self) -> int:
        return round((parse_time(self.end) - parse_time(self.begin)).total_seconds() * 1_000_000)


def parse_told(body: bytes) -> Told:
    shape = {"from": str, "to": str, "positions": list, "marks": list}
    got = fields(loads_object(body, ANSWER_LIMIT), shape)
    parse_time(got["from"]), parse_time(got["to"])
    place = {"at_us": int, "lat": int, "lon": int}
    positions = tuple(fields(position, place) for position in got["positions"])
    marks = tuple(mark for mark in got["marks"] if type(mark) is int)
    return Told(got["from"], got["to"], positions, marks)


def parse_templates(body: bytes) -> list[dict[str, Any]]:
    """Each `{"id","name","elements": {name: text}}`."""
    found = fields(loads_object(body, ANSWER_LIMIT), {"templates": list})["templates"]
    return [_template(value) for value in found[:MOST_TEMPLATES]]


def _template(value: object) -> dict[str, Any]:
    got = fields(value, {"id": (str, int), "name": str, "elements": dict})
    texts = got["elements"]
    if not all(name in ELEMENTS and isinstance(text, str) for name, text in texts.items()):
        raise _bad_answer()
    return got | {"id": str(got["id"])}


def _bad_answer() -> DataError:
    return DataError("bad-answer", "The county answered something that cannot be read.")
