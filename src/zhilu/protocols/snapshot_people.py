"""What a snapshot says of people and of what they do: roster, catalogue, keys at docks, fingers
(spec/docking.md §6).

Keys, fingers and the catalogue are proved entries, as all that a station decides from. The roster is not: it
is shown and offered, and whoever is chosen from it is judged by the county. An ill-formed person, procedure
or key is refused with its snapshot (`field`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from zhilu.encoding import unb64u, uuid_bytes
from zhilu.protocols.docking_messages import TEXT_OR_NULL, encoded
from zhilu.strictjson import FieldError, fields

_PERSON: dict[str, type | tuple[type, ...]] = {
    "id": str,
    "name": str,
    "number": str,
    "department": str,
    "fit_until": TEXT_OR_NULL,
    "keeper": bool,
    "officer": bool,
}
_PROCEDURE: dict[str, type | tuple[type, ...]] = {
    "code": str,
    "class": str,
    "tier": str,
    "min_officers": int,
    "name": str,
    "start": str,
    "content": str,
    "end": str,
}


@dataclass(frozen=True)
class Person:
    """`fit_until`: the first day on which the training gate stands before him, None where it does today.
    `keeper`: may assign recorders somewhere."""

    id: str
    name: str
    number: str
    department: str
    fit_until: date | None
    keeper: bool
    officer: bool

    def fit(self, on: date) -> bool:
        return self.fit_until is not None and on < self.fit_until


@dataclass(frozen=True)
class Procedure:
    """`script` names what is to be spoken."""

    code: str
    class_code: str
    tier: str
    min_officers: int
    name: str
    start: str
    content: str
    end: str
    script: str | None


@dataclass(frozen=True)
class Catalogue:
    """One version, in force from `since`."""

    version: int
    since: date
    classes: Mapping[str, str]
    scripts: Mapping[str, str]
    procedures: tuple[Procedure, ...]

    @classmethod
    def from_core(cls, core: Mapping[str, Any]) -> Catalogue:
        shape = {"version": int, "since": str, "classes": dict, "scripts": dict, "procedures": list}
        got = fields(dict(core), shape)
        for name in ("classes", "scripts"):
            if not all(isinstance(text, str) for text in got[name].values()):
                raise FieldError(name)
        got["since"] = day("since", got["since"])
        return cls(**got | {"procedures": tuple(_procedure(one) for one in got["procedures"])})


def _procedure(value: object) -> Procedure:
    got = fields(value, _PROCEDURE)
    script = value.get("script") if isinstance(value, dict) else None
    if script is not None and not isinstance(script, str):
        raise FieldError("script")
    return Procedure(class_code=got.pop("class"), script=script or None, **got)


def in_force(catalogues: Iterable[Catalogue], on: date) -> Catalogue | None:
    """The newest version that had begun on that day."""
    begun = [catalogue for catalogue in catalogues if catalogue.since <= on]
    return max(begun, key=lambda catalogue: catalogue.version, default=None)


def roster_of(values: object) -> tuple[Person, ...]:
    if not isinstance(values, list):
        raise FieldError("roster")
    return tuple(_person(value) for value in values)


def _person(value: object) -> Person:
    got = fields(value, _PERSON)
    encoded("id", uuid_bytes, got["id"])
    if got["fit_until"] is not None:
        got["fit_until"] = day("fit_until", got["fit_until"])
    return Person(**got)


def key_of(core: Mapping[str, Any]) -> tuple[str, bytes, bytes]:
    """(person, raw credential id, COSE key) of a `dock-credential-registered/1`."""
    got = fields(dict(core), {"person": str, "credential": str, "public_key": str})
    return (
        got["person"],
        encoded("credential", unb64u, got["credential"]),
        encoded("public_key", unb64u, got["public_key"]),
    )


def day(name: str, text: str) -> date:
    """`2026-11-24`, no other form."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise FieldError(name) from None
    if found.isoformat() != text:
        raise FieldError(name)
    return found
