"""Security keys for the docks, made at a station and vouched for on the platform (spec/intake.md §2).

What a station sends waits as an ordinary row and proves nothing. A system administrator confirms it by the
number that the person before him says; only that enters `dock-credential-registered/1`. Every step is under
the ledger's lock, so of two administrators one confirms. What is over stays for the day that it would have
waited: the same answer of a key cannot come again, its words are too old then.
"""

from __future__ import annotations

import hmac
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from zhilu.encoding import b64u, unb64u
from zhilu.errors import CallerError, DataError
from zhilu.protocols.dock_keys import Asked, Key, Made, number_of
from zhilu.server.equipment import rules
from zhilu.server.equipment.events import DockCredentialRegistered
from zhilu.server.equipment.models import DockCredential, PendingDockKey, Station
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.ledger import lock
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services.commit import commit
from zhilu.server.organisation.services.people import roles_of

HOLDERS = rules.KEEPERS | {"officer"}


def take(station: Station, made: Made) -> tuple[str, bool]:
    """The number to be said, and whether the key is new here."""
    asked = Asked.from_bytes(made.asked)
    asked.check(settings.ZHILU.bureau, station.kid, now())
    check_holder(asked.person)
    key = made.check(station.rp_id, station.origin)
    with lock.held():
        PendingDockKey.objects.filter(at__lte=now() - rules.KEY_WAITS).delete()
        is_new = not _is_held(station, asked.person, key)
        if is_new:
            _check_room(station, asked.person)
            _keep(station, asked.person, key)
    return key.number, is_new


def waiting() -> QuerySet[PendingDockKey]:
    """The oldest first."""
    return PendingDockKey.objects.filter(state=rules.WAITING, at__gt=now() - rules.KEY_WAITS).order_by("at")


def confirm(pending: int, number: str, actor: UUID) -> None:
    """Enters the key, if it still waits and this is its number."""
    with lock.held():
        row = _row(pending)
        right = hmac.compare_digest(_number(row).encode(), number.encode())
        if right:
            check_holder(str(row.person))
            commit(
                DockCredentialRegistered(
                    str(row.person), row.credential, row.public_key, row.rp_id, row.aaguid
                ),
                str(actor),
            )
            row.state = rules.KEY_CONFIRMED
        else:
            row.tries += 1
            row.state = rules.KEY_REFUSED if row.tries >= rules.MOST_KEY_TRIES else rules.WAITING
        row.save()
    # Out of the transaction: a wrong number is remembered.
    if row.state == rules.KEY_REFUSED:
        raise_alarm("dock-key-guessed", row.station)
        raise _over()
    if not right:
        raise CallerError("number-wrong", "This is not the number that the station showed.")


def refuse(pending: int) -> None:
    with lock.held():
        row = _row(pending)
        row.state = rules.KEY_REFUSED
        row.save()


def check_holder(person: str) -> None:
    """An officer, or who keeps equipment: nobody else says anything at a station."""
    if not roles_of(person) & HOLDERS:
        raise DataError("person-unknown", "This person is no officer and keeps no equipment.")


def _row(pending: int) -> PendingDockKey:
    row = waiting().filter(id=pending).first()
    if row is None:
        raise _over()
    return row


def _number(row: PendingDockKey) -> str:
    return number_of(unb64u(row.credential), unb64u(row.public_key))


def _is_held(station: Station, person: str, key: Key) -> bool:
    """Whether the same waits already; refuses what is known otherwise."""
    credential = b64u(key.credential)
    row = PendingDockKey.objects.filter(credential=credential).first()
    if row is None:
        if DockCredential.objects.filter(id=credential).exists():
            raise _known()
        return False
    mine = (str(row.person), row.station, row.public_key) == (person, station.kid, b64u(key.public_key))
    if not mine:
        raise _known()
    if row.state != rules.WAITING:
        raise DataError("dock-key-over", "This key was confirmed or refused already.")
    return True


def _check_room(station: Station, person: str) -> None:
    mine = waiting()
    if (
        mine.filter(station=station.kid).count() >= rules.MOST_KEYS_OF_STATION
        or mine.filter(person=person).count() >= rules.MOST_KEYS_OF_PERSON
    ):
        raise DataError("dock-keys-many", "Too many keys wait to be confirmed: see the administrator first.")


def _keep(station: Station, person: str, key: Key) -> None:
    PendingDockKey.objects.create(
        credential=b64u(key.credential),
        person=person,
        station=station.kid,
        public_key=b64u(key.public_key),
        rp_id=station.rp_id,
        aaguid=key.aaguid,
        at=now(),
    )


def _known() -> DataError:
    return DataError("credential-known", "This security key has been registered already.")


def _over() -> CallerError:
    return CallerError("dock-key-over", "This key does not wait any more.")
