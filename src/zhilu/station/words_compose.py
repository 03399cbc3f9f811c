"""A word, from what the page asks for to the dataclass that is signed (spec/docking.md §8).

What the county would refuse for good is refused here, while its officer still stands there and can mend it:
recordings that are not of this handover, drills, spans beyond an end, procedures and officers that are not
offered. The snapshot may be old, so the last word is the county's. An assignment or a finger has the county's
nonce.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from zhilu.encoding import as_uuid, format_time, parse_time, uuid7
from zhilu.errors import CallerError, DataError
from zhilu.protocols import intake_words
from zhilu.protocols.snapshot import Snapshot
from zhilu.protocols.words import ELEMENTS, NONCE_SIZE, Act, Assignment, Finger, Span, Statement, Word
from zhilu.sealed.policy import Policy
from zhilu.station.drafts import catalogue_on, collected_in, day_of, told_of
from zhilu.station.parts import Parts
from zhilu.station.templates import Template, chosen
from zhilu.station.texts import clean, clean_elements
from zhilu.station.words_after import Collected
from zhilu.strictjson import fields

SECOND_US = 1_000_000


@dataclass(frozen=True)
class Composed:
    """`least`: how strictly its persons are checked. `missing`: the elements that each act lacks.
    `bay`: where the statement's handover was taken, None for other words. `templates`: what is saved with
    it, no part of the word."""

    word: Word
    least: str
    missing: tuple[tuple[str, ...], ...] = ()
    bay: int | None = None
    templates: tuple[Template, ...] = ()

    @property
    def recordings(self) -> tuple[UUID, ...]:
        """That must be stored before the county takes it."""
        if not isinstance(self.word, Statement):
            return ()
        return tuple({UUID(span.recording): None for act in self.word.acts for span in act.spans})


async def compose(parts: Parts, asked: Mapping[str, Any]) -> Composed:
    """The word that `POST /api/words` asks for."""
    match fields(dict(asked), {"kind": str})["kind"]:
        case "statement":
            return await _statement(parts, asked)
        case "assignment":
            return await _for_now(parts, _assignment(parts, asked))
        case "finger":
            return await _for_now(parts, _finger(parts, asked))
    raise CallerError("kind", "There is no such word.")


def _common(parts: Parts, *persons: str) -> dict[str, Any]:
    return {
        "bureau": parts.home.settings.bureau,
        "station": parts.home.kid,
        "persons": tuple(person_id(person) for person in persons),
        "nonce": secrets.token_bytes(NONCE_SIZE),
        "at": format_time(parts.clock()),
    }


def policy_of(parts: Parts) -> Policy:
    policy = parts.snapshots.current().policy
    if policy is None:
        raise DataError("no-policy", "The station knows no policy yet: reach the county server.")
    return policy


def person_id(text: object) -> str:
    """An id in its one spelling."""
    found = as_uuid(text)
    if found is None or str(found) != text:
        raise CallerError("person-unknown", "There is no such person.")
    return str(found)


# Statements.


async def _statement(parts: Parts, asked: Mapping[str, Any]) -> Composed:
    got = fields(dict(asked), {"bay": int, "acts": list})
    collected, snapshot = collected_in(parts, got["bay"]), parts.snapshots.current()
    acts = tuple(_act(parts, value) for value in got["acts"])
    lengths = await _lengths(parts, collected)
    for act in acts:
        _check_act(parts, act, collected, lengths, snapshot)
    word = Statement(**_common(parts, collected.officer), handover=collected.handover, acts=acts)
    missing = tuple(tuple(name for name in ELEMENTS if name not in act.elements) for act in acts)
    templates = chosen(asked.get("templates", []), acts)
    least = policy_of(parts).officer_check_least
    return Composed(word, least, missing, got["bay"], templates)


def _act(parts: Parts, value: object) -> Act:
    shape = {"procedure": str, "officers": list, "taxpayer": str, "spans": list, "elements": dict}
    got = fields(value, shape)
    now_ms = int(parts.clock().timestamp() * 1000)
    return Act(
        act=str(uuid7(now_ms, secrets.token_bytes(10))),
        procedure=got["procedure"],
        officers=tuple(person_id(one) for one in got["officers"]),
        taxpayer=clean(got["taxpayer"]),
        spans=tuple(Span.read(one) for one in got["spans"]),
        elements=clean_elements(got["elements"]),
    )


async def _lengths(parts: Parts, collected: Collected) -> dict[str, int]:
    """Microseconds, by recording; of those that nobody here knows, the county is asked."""
    known = {taken.id: taken.duration_us for taken in collected.recordings if taken.duration_us is not None}
    if len(known) < len(collected.recordings):
        told = await told_of(parts, collected)
        known = {id_: one.duration_us for id_, one in told.items()} | known
    return known


def _check_act(
    parts: Parts, act: Act, collected: Collected, lengths: Mapping[str, int], snapshot: Snapshot
) -> None:
    if not act.spans:
        raise CallerError("spans", "An act names at least one part of a recording.")
    for span in act.spans:
        _check_span(span, collected, lengths)
    _check_procedure(parts, act, collected, snapshot)
    known = {person.id for person in snapshot.roster if person.officer}
    if collected.officer not in act.officers or not known.union({collected.officer}).issuperset(act.officers):
        raise CallerError("officers", "An act names its officers, and the one who speaks is among them.")


def _check_span(span: Span, collected: Collected, lengths: Mapping[str, int]) -> None:
    taken = collected.recording(span.recording)
    if taken is None:
        raise CallerError("recording-unknown", "This recording is not of this handover.")
    if taken.drill:
        raise CallerError("act-drill", "A drill is no enforcement: no act is made of it.")
    length_us = lengths.get(taken.id)
    # The end may be the length rounded up to a second, as the platform takes it.
    if length_us is not None and (span.from_us >= max(length_us, 1) or span.to_us > length_us + SECOND_US):
        raise CallerError("spans", "A part of a recording lies within it.")


def _check_procedure(parts: Parts, act: Act, collected: Collected, snapshot: Snapshot) -> None:
    """By the catalogue that was in force when the act began."""
    first = act.spans[0]
    taken = collected.recording(first.recording)
    assert taken is not None
    began = parse_time(taken.opened_at) + timedelta(microseconds=first.from_us)
    catalogue = catalogue_on(parts, snapshot, day_of(began))
    procedures = catalogue.procedures if catalogue else ()
    procedure = next((one for one in procedures if one.code == act.procedure), None)
    if procedure is None:
        raise CallerError("procedure-unknown", "The catalogue has no such procedure.")
    if len(act.officers) < procedure.min_officers:
        raise CallerError(
            "officers-few",
            "This procedure demands at least {least} officers.",
            least=procedure.min_officers,
        )


# The other words: said for now, by people whose key is asked for whatever the policy says.


async def _for_now(parts: Parts, composed: Composed) -> Composed:
    """With the county's nonce, asked for before anybody touches a key: without the county, no word."""
    answer = await parts.county.ask(intake_words.post_nonce(), b"{}")
    return replace(composed, word=replace(composed.word, nonce=intake_words.parse_nonce(answer)))


def _assignment(parts: Parts, asked: Mapping[str, Any]) -> Composed:
    shape = {"bay": int, "person": str, "officer": str, "drill": bool, "deputy": bool}
    got = fields(dict(asked), {**shape, "reason_code": (str, type(None))})
    word = Assignment(
        **_common(parts, got["person"]),
        recorder=_recorder_of(parts, got["bay"]),
        bay=got["bay"],
        officer=person_id(got["officer"]),
        drill=got["drill"],
        deputy=got["deputy"],
        reason_code=got["reason_code"],
    )
    return Composed(word, "key")


def _recorder_of(parts: Parts, bay: int) -> str:
    """The one recorder that belongs into this bay."""
    snapshot = parts.snapshots.current()
    kids = [
        kid
        for kid, binding in snapshot.bindings.items()
        if (binding.station, binding.bay) == (parts.home.kid, bay) and kid not in snapshot.revoked
    ]
    if len(kids) != 1:
        raise CallerError("unknown-recorder", "No recorder belongs into this bay, or several do.")
    return kids[0]


def _finger(parts: Parts, asked: Mapping[str, Any]) -> Composed:
    got = fields(dict(asked), {"subject": str, "finger": str, "persons": list})
    persons = [person_id(person) for person in got["persons"]]
    if len(persons) != 2 or persons[0] == persons[1]:
        raise CallerError("persons", "Two different people stand by when a finger is taken.")
    snapshot = parts.snapshots.current()
    if not all(snapshot.credentials_of(person) for person in persons):
        # Better now than after the first of the two has signed.
        raise DataError("no-key", "No security key of this person is known at this station.")
    word = Finger(**_common(parts, *persons), subject=person_id(got["subject"]), finger=got["finger"])
    return Composed(word, "key")
