"""A county takes over what its city lays down (spec/federation.md §6), after each pass over the city that
found nothing wrong; and how far that is, here and in the counties of a city.

Only the city's follower adopts; were there two, the one that comes later finds the order taken, and begins
again. A batch is one transaction of the own ledger: a crash leaves whole ones. Of a batch that is refused,
what comes before the entry in question is adopted one by one; that entry waits, and all after it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Max, QuerySet
from django.db.utils import OperationalError

from zhilu import strictjson
from zhilu.encoding import b64u
from zhilu.errors import DataError, ZhiluError
from zhilu.server.catalogue.models import Catalogue
from zhilu.server.equipment.services.alarms import raise_alarm
from zhilu.server.federation import rules_adoption as rules
from zhilu.server.federation.events_adoption import CityEntryAdopted
from zhilu.server.federation.models import Adopted, Adopting, Joined
from zhilu.server.federation.services import ledgers, mirror
from zhilu.server.ledger.clock import now, today
from zhilu.server.ledger.models import Entry
from zhilu.server.ledger.services.commit import Proposal, commit_all
from zhilu.server.ledger.services.reader import Finding
from zhilu.tlog.checkpoint import parse
from zhilu.tlog.merkle import leaf_hash
from zhilu.tlog.note import Note

log = logging.getLogger("zhilu.federation")
BATCH = 200
ALARM = "adoption-stopped"
CITY = "city"


@dataclass(frozen=True)
class Waits:
    """Entry `index` of the city cannot be taken over: `code` says why."""

    index: int
    code: str


def after_pass(joined: Joined) -> bool:
    """At the end of a good pass over this neighbour: adopt, where it is the city, and write down how far that
    is. Whether nothing waits. Where both ledgers are as they were when nothing waited, nothing is looked for.
    """
    before = Adopting.objects.filter(bureau=joined.bureau).first()
    size = _entries(joined.bureau)
    if before and not before.code and before.looked == size:
        return True
    waits = adopt(joined.bureau) if joined.tier == CITY else None
    _write(joined, waits, before, size)
    return waits is None


def _entries(bureau: str) -> int:
    """How many this ledger and the own one have, together: neither grows shorter."""
    with mirror.of(bureau):
        theirs = mirror.known()[0].size
    return theirs + ledgers.applied(ledgers.own())


def adopt(city: str) -> Waits | None:
    """All that there is."""
    size = BATCH
    while proposals := list(_proposals(city, size)):
        try:
            commit_all(proposals)
        except OperationalError:
            raise
        except Exception as error:  # whatever a payload makes of it that this server never checked
            if len(proposals) > 1:
                size = 1
                continue
            found = Waits(proposals[0].event.index, _code(error))
            log.warning("entry %d of %s is not adopted: %s", found.index, city, error)
            return found
    return None


def newest() -> int:
    """The newest index of the city's that was adopted; -1 before the first."""
    found = Adopted.objects.aggregate(newest=Max("index"))["newest"]
    return -1 if found is None else int(found)


def is_citys(name: str, subject: str = "") -> bool:
    """Whether the city lays down what entries of this name say: of this subject, or of any. One that has
    parted lays down nothing.
    """
    found = Adopted.objects.filter(name=name, city__in=Joined.objects.values("bureau"))
    return (found.filter(subject=subject) if subject else found).exists()


def following(city: str, after: int, count: int) -> list[Entry]:
    """What flows down next, of what the city's newest note covers."""
    with mirror.of(city):
        note = mirror.known()[1]
        if not note:
            return []
        size = parse(Note.parse(note).text).size
        return list(flowing().filter(index__gt=after, index__lt=size).order_by("index")[:count])


def flowing() -> QuerySet[Entry]:
    """In the ledger at hand."""
    return Entry.objects.filter(kind__in=rules.KINDS)


def _proposals(city: str, count: int) -> Iterator[Proposal]:
    version = Catalogue.objects.aggregate(newest=Max("version"))["newest"] or 0
    for row in following(city, newest(), count):
        given: dict[str, Any] = {}
        if row.kind == "catalogue-set/1":
            version += 1
            given = {"version": version, "since": _begins(row)}
        event = CityEntryAdopted(
            city, row.index, _b64u(row.leaf), _b64u(row.core), _b64u(row.core_salt), **given
        )
        personal = None
        if row.personal is not None and row.personal_salt is not None:
            personal = {"personal": _b64u(row.personal), "salt": _b64u(row.personal_salt)}
        yield Proposal(event, settings.ZHILU.bureau, personal)


def _b64u(data: bytes | memoryview) -> str:
    """As this database gives bytes."""
    return b64u(bytes(data))


def _begins(row: Entry) -> str:
    """None of the city's that is none: the rules say so where they are asked."""
    try:
        city = date.fromisoformat(str(strictjson.loads_object(bytes(row.core)).get("since")))
    except (ValueError, DataError):
        city = today()
    return rules.begins(city, today()).isoformat()


def _code(error: Exception) -> str:
    return error.code if isinstance(error, ZhiluError) else type(error).__name__


def _write(joined: Joined, waits: Waits | None, before: Adopting | None, looked: int) -> None:
    done, every = _progress(joined)
    code, index = (waits.code, waits.index) if waits else ("", None)
    same = before is not None and (before.done, before.all, before.code, before.index) == (
        done, every, code, index,
    )  # fmt: skip
    if same:
        Adopting.objects.filter(bureau=joined.bureau).update(looked=looked)
        return
    if waits and (before is None or not before.code):
        raise_alarm(ALARM, joined.bureau)
    values = {"done": done, "all": every, "looked": looked, "code": code, "index": index, "since": now()}
    Adopting.objects.update_or_create(bureau=joined.bureau, defaults=values)


def _progress(joined: Joined) -> tuple[int, int]:
    """How many the county has adopted, of how many."""
    if joined.tier == CITY:
        done = Adopted.objects.count()
        with mirror.of(joined.bureau):
            return done, flowing().count()
    every = flowing().count()
    with mirror.of(joined.bureau):
        return Adopted.objects.filter(city=settings.ZHILU.bureau).count(), every


def differences(joined: Joined) -> Iterator[Finding]:
    """For the audit of this neighbour: every adopted entry is the city's, and none before it is left out."""
    if joined.tier == CITY:
        mine = _adopted()
        with mirror.of(joined.bureau):
            yield from _compare(mine, _flowed(mine))
        return
    with mirror.of(joined.bureau):
        mine = _adopted()
    yield from _compare(mine, _flowed(mine))


def _adopted() -> dict[int, str]:
    """Index in the city's ledger → leaf hash."""
    return dict(Adopted.objects.order_by("index").values_list("index", "leaf"))


def _flowed(mine: dict[int, str]) -> dict[int, str]:
    end = max(mine, default=-1)
    rows: Sequence[tuple[int, bytes]] = flowing().filter(index__lte=end).values_list("index", "leaf")  # type: ignore[assignment]
    return {index: leaf_hash(bytes(leaf)).hex() for index, leaf in rows}


def _compare(mine: dict[int, str], theirs: dict[int, str]) -> Iterator[Finding]:
    for index in sorted(mine.keys() | theirs.keys()):
        if index not in mine:
            yield Finding(f"city entry {index}", "left out")
        elif mine[index] != theirs.get(index):
            yield Finding(f"city entry {index}", "not the city's")


def check_entries(events: Sequence[CityEntryAdopted], personals: Sequence[dict[str, Any]], city: str) -> None:
    """They are the next ones, none left out, as the mirror has them."""
    rows = following(city, newest(), len(events))
    if [row.index for row in rows] != [event.index for event in events]:
        raise DataError("adoption-order", "The city's entries are taken over in order, each once.")
    for event, told, row in zip(events, personals, rows, strict=True):
        core = (_b64u(row.leaf), _b64u(row.core), _b64u(row.core_salt))
        own = None if row.personal is None else _b64u(row.personal)
        if (event.leaf, event.core, event.salt) != core or told.get("personal") != own:
            raise DataError("adoption-entry", "This is not the city's entry.", index=event.index)
