"""How enrolled fingers follow from the ledger (spec/registers.md §4)."""

from __future__ import annotations

from zhilu.errors import DataError
from zhilu.server.equipment import events, rules
from zhilu.server.equipment.apply import live_station
from zhilu.server.equipment.models import Finger
from zhilu.server.ledger.events import Stamp, applies, checks
from zhilu.server.organisation.apply_people import check_known
from zhilu.server.organisation.services.people import roles_of


@checks(events.FingerEnrolled)
def check_enrolled(event: events.FingerEnrolled, stamp: Stamp) -> None:
    live_station(event.station)
    if stamp.actor != event.station:
        raise DataError("actor", "A finger is entered by the station at which it is taken.")
    for person in (event.person, *event.persons):
        check_known(person)
    rules.check_finger(event.finger)
    keepers = [one for one in event.persons if roles_of(one) & rules.KEEPERS]
    rules.check_fingers(event.persons, event.person, keepers)
    if Finger.objects.filter(word=event.word).exists():
        raise DataError("finger-known", "This word has been taken already.")


@applies(events.FingerEnrolled)
def apply_enrolled(event: events.FingerEnrolled, stamp: Stamp) -> None:
    Finger.objects.create(
        id=stamp.index,
        person=event.person,
        station=event.station,
        finger=event.finger,
        persons=event.persons,
        word=event.word,
        at=stamp.at,
        entry=stamp.index,
    )
