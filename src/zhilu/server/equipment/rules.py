"""Rules about equipment (pure; spec/registers.md §4).

- A kid is the thumbprint of the enrolled key; a device is enrolled once, and of the recorders of one serial
  number only one is not revoked.
- Equipment is registered by kind and serial number; registering it again corrects.
- A recorder has one bay of one station, and a bay one recorder.
- A recorder has one issue that is open. One that is not in service, or revoked, or suspended, is neither
  issued nor assigned nor bound; `lost` and `retired` end binding and issue.
- A deputy is named with a reason, and nobody else is.
- A refused docking is an entry once in an hour of the same station, bay, code and device, and at most a
  hundred of one station.
- An alarm is raised, confirmed, handled, closed, one step at a time; whoever handles it says what was done.
- A finding is about a recording or about a line of the logbook, and stands once of each who says it: a
  station's word never stands for the county's.
- A station's word is that it could not take over a recording, by a few codes, without proof: nothing else.
- A fork suspends a recorder for good: its key has told two lives. It is not bound or assigned any more, and
  no new line of it is taken. The bureau revokes it and enrols the device with a new key.
- A dock key waits a day, at most 20 of one station and 3 of one person, and for at most 5 wrong numbers.
- A finger is enrolled at one station by two persons: a keeper, and another keeper or whose finger it is.
- An assignment names the recorder's own bay, exactly the credentials that are registered for the
  officer; and there is at least one, but where a fingerprint alone does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from zhilu.errors import DataError
from zhilu.protocols.word_forms import FINGERS, REASONS
from zhilu.sealed.keys import load_jwk, thumbprint
from zhilu.sealed.logbook import COUNTER_KINDS
from zhilu.sealed.policy import OFFICER_CHECKS
from zhilu.strictjson import fields

SUSPENDING = frozenset({"fork"})
KINDS = ("recorder", "station")
STATES = ("in-service", "repair", "lost", "retired")
IN_SERVICE = "in-service"
ENDING = ("lost", "retired")
"""States that end binding and issue."""
CONDITIONS = ("good", "damaged", "lost")
DEPUTY_REASONS = REASONS
KEEPERS = frozenset({"equipment-keeper", "system-administrator"})
"""Roles of who stands for fingers and assignments at a station."""
REFUSALS = frozenset({"segment-hash", "range", "id", "media-short", "media-long"})
REFUSED = "recording-refused"
"""What a station may say of a recording that it could not take over; `REFUSED` is every other reason."""
MAX_SERIAL = 64
MOST_BAYS = 100
NOTES = frozenset({"boot-unexplained"})
"""Findings that accuse nobody: kept, and no alarm."""


RAISED, CONFIRMED, HANDLED, CLOSED = ALARM_STATES = ("raised", "confirmed", "handled", "closed")
ALARM_BEFORE = dict(zip(ALARM_STATES[1:], ALARM_STATES, strict=False))
"""State → the one from which it is reached."""
OPEN_ALARM = (RAISED, CONFIRMED)
ENDED = "ended"
MOST_ALARMS = 300
MOST_OF_STATION, SHOWN_OF_STATION = 1000, 100
"""Alarms of one station that nobody has closed: kept, and on the page."""
DOCKING_REFUSED = "docking-refused"
REFUSAL_ONCE, MOST_REFUSALS = timedelta(hours=1), 100
LONGEST_DETAIL = 100
WAITING, KEY_CONFIRMED, KEY_REFUSED = "waiting", "confirmed", "refused"
"""A dock key that was made at a station, and what became of it."""
MOST_KEYS_OF_STATION, MOST_KEYS_OF_PERSON = 20, 3
KEY_WAITS = timedelta(hours=24)
MOST_KEY_TRIES = 5
MOST_TIMES = 10**9


def about(recording: str | None, line: int | None) -> str:
    """What a finding is about: of each code one about each."""
    return recording if recording is not None else "" if line is None else str(line)


def refusal(code: str) -> str:
    """Of what a station says, the code that its finding may have."""
    return code if code in REFUSALS else REFUSED


def check_finding_of_station(code: str, recording: str | None, line: int | None, proof: str | None) -> None:
    if code not in REFUSALS | {REFUSED} or recording is None or line is not None or proof is not None:
        raise DataError("finding-actor", "A station says only that it could not take over a recording.")


def check_key(kid: str, jwk: Mapping[str, Any]) -> None:
    if thumbprint(load_jwk(jwk)) != kid:
        raise DataError("kid", "The kid is not the thumbprint of the key.")


def check_counter_kind(kind: str) -> None:
    if kind not in COUNTER_KINDS:
        raise DataError("counter-kind", "There is no counter of the kind {kind}.", kind=kind)


def check_bay(bay: int, bays: int) -> None:
    if not 1 <= bay <= bays:
        raise DataError("bay", "The station has no bay {bay}.", bay=bay)


def check_bays(bays: int) -> None:
    if not 1 <= bays <= MOST_BAYS:
        raise DataError("bays", "A station has 1 to {most} bays.", most=MOST_BAYS)


def check_equipment(kind: str, serial: str, *texts: str) -> None:
    """`texts`: model, asset number."""
    if kind not in KINDS:
        raise DataError("equipment-kind", "There is no equipment of the kind {kind}.", kind=kind)
    check_serial(serial)
    if not all(text.isprintable() for text in texts):
        raise DataError("equipment-text", "Model and asset number are one line of plain characters.")


def check_serial(serial: str) -> None:
    if (
        not 0 < len(serial) <= MAX_SERIAL
        or not serial.isprintable()
        or serial != serial.strip()
        or set('"\\') & set(serial)
    ):
        raise DataError("serial", "A serial number has 1 to 64 plain characters.")


def equipment_id(kind: str, serial: str) -> str:
    """Key of a row of the register."""
    return f"{kind}:{serial}"


def check_state(state: str, before: str) -> None:
    if state not in STATES:
        raise DataError("recorder-state", "There is no state {state}.", state=state)
    if state == before:
        raise DataError("recorder-state", "The recorder is in this state already.", state=state)


def check_in_service(state: str) -> None:
    if state != IN_SERVICE:
        raise DataError("recorder-state", "The recorder is not in service.", state=state)


def check_condition(condition: str) -> None:
    if condition not in CONDITIONS:
        raise DataError("condition", "There is no condition {condition}.", condition=condition)


def check_deputy(deputy: bool, reason: str | None) -> None:
    if (reason not in DEPUTY_REASONS) if deputy else (reason is not None):
        raise DataError("deputy", "A deputy is named with a reason, and nobody else is.")


def check_fingers(persons: Sequence[str], subject: str, keepers: Collection[str]) -> None:
    """`keepers`: those of the persons who hold a role of KEEPERS."""
    mine = [one for one in persons if one in keepers]
    if len(persons) != 2 or not mine or not all(one in keepers or one == subject for one in persons):
        raise DataError(
            "persons", "A finger is enrolled by two persons: a keeper, and another keeper or the officer."
        )


def check_finger(name: str) -> None:
    if name not in FINGERS:
        raise DataError("finger", "There is no finger {finger}.", finger=name)


def check_station_alarm(code: str, bay: int | None, detail: str, count: int, state: str) -> None:
    """What a station may say of an alarm of its own."""
    if (
        not (0 < len(code) <= 64 and code.isascii() and code.isprintable() and " " not in code)
        or not (bay is None or 1 <= bay <= MOST_BAYS)
        or not (len(detail) <= LONGEST_DETAIL and detail.isprintable())
        or not 1 <= count <= MOST_TIMES
        or state not in (RAISED, CONFIRMED, ENDED)
    ):
        raise DataError("alarm", "The station's alarm is not of a form that is kept.")


def check_alarms_of_station(unclosed: int) -> None:
    if unclosed >= MOST_OF_STATION:
        raise DataError("alarms-many", "The station has more alarms than are kept: close some.")


def refused_code(code: str) -> str:
    """Why a station refused a docking, as an entry may say it; a device may have made it up."""
    return code if re.fullmatch(r"[a-z0-9-]{1,40}", code) else DOCKING_REFUSED


def check_refusal(said: tuple[int, str, str], earlier: Sequence[tuple[int, str, str]]) -> None:
    """`said`: bay, code and device; `earlier`: those of this station in the hour before."""
    check_bay(said[0], MOST_BAYS)
    if said in earlier:
        raise DataError("refusal-known", "This refused docking was entered in the hour before.")
    if len(earlier) >= MOST_REFUSALS:
        raise DataError("refusals-many", "This station has refused too many dockings within an hour.")


def check_handled(state: str, text: str) -> None:
    """Whoever handles an alarm says what was done."""
    if state not in ALARM_BEFORE:
        raise DataError("alarm", "An alarm has no state {state}.", state=state)
    if (state == HANDLED) != bool(text.strip()) or len(text) > 200:
        raise DataError("alarm-text", "Say in at most 200 characters what was done.")


def check_period(not_before: datetime, not_after: datetime, at: datetime) -> None:
    if not not_before < not_after or not_after <= at:
        raise DataError("certificate", "The certificate has expired.")


def check_since(since: datetime, at: datetime) -> None:
    if since > at:
        raise DataError("revoked-since", "A device is revoked since now or since a time in the past.")


def check_officer_check(least: str) -> None:
    if least not in OFFICER_CHECKS:
        raise DataError("officer-check", "There is no officer check {check}.", check=least)


def needs_key(least: str) -> bool:
    """Whether an officer is assigned only with a key: where a fingerprint alone does, none is asked for."""
    return least != "fprintd"


def check_credentials(named: Collection[Any], registered: Mapping[str, str], least: str) -> None:
    """`registered`: credential id → public key, of the officer."""
    got = {fields(one, {"id": str, "public_key": str})["id"]: one["public_key"] for one in named}
    if (not got and needs_key(least)) or got != dict(registered):
        raise DataError(
            "credential", "The assignment names other security keys than are registered for the officer."
        )
