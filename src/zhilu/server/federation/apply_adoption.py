"""How a county's tables follow from what it took over from its city (spec/federation.md §6): as the city's
own tables followed, by the same `apply`, with the city's time and actor and this ledger's index.

Where the county has something of the same identity, it becomes the city's.
"""

from __future__ import annotations

from typing import Any

from zhilu.encoding import parse_time, unb64u
from zhilu.protocols import adopted
from zhilu.server.catalogue.events import CatalogueSet, RegulationIssued
from zhilu.server.catalogue.models import Catalogue, Reading, Regulation
from zhilu.server.federation import rules_adoption as rules
from zhilu.server.federation.events_adoption import CityEntryAdopted
from zhilu.server.federation.models import Adopted
from zhilu.server.ledger.events import Stamp, applies, kind_of, read
from zhilu.server.ledger.shapes import to_core
from zhilu.server.organisation.events import PersonAdded, PersonDescribed
from zhilu.server.organisation.models import Person
from zhilu.tlog.merkle import leaf_hash


def inner_of(outer: CityEntryAdopted, stamp: Stamp) -> tuple[Any, Stamp]:
    """The city's event, and the stamp under which it counts here."""
    core = to_core(outer)
    said = adopted.leaf_of(core)
    rules.check_known(said["kind"])
    told = adopted.personal_of(stamp.personal)
    within = Stamp(stamp.index, parse_time(said["at"]), said["actor"], told)
    return read(said["kind"], adopted.core_of(core)), within


@applies(CityEntryAdopted)
def apply_adopted(outer: CityEntryAdopted, stamp: Stamp) -> None:
    said = adopted.leaf_of(to_core(outer))
    Adopted.objects.create(
        index=outer.index,
        city=outer.city,
        name=rules.name_of(said["kind"]),
        subject=said["subject"],
        leaf=leaf_hash(unb64u(outer.leaf)).hex(),
        entry=stamp.index,
    )
    event, within = inner_of(outer, stamp)
    _apply(event, within)
    if isinstance(event, CatalogueSet):
        number = adopted.core_of({"core": outer.core})["version"]
        Catalogue.objects.filter(version=event.version).update(city_version=number)


def _apply(event: Any, stamp: Stamp) -> None:
    if isinstance(event, PersonAdded) and Person.objects.filter(id=event.person).exists():
        event = PersonDescribed(event.person)
    if isinstance(event, RegulationIssued):
        _make_room(event)
    applied = kind_of(event).applies
    assert applied
    applied(event, stamp)


def _make_room(event: RegulationIssued) -> None:
    """A text of the same id and number gives way, and with it what was confirmed of it."""
    same = {"regulation": event.regulation, "version": event.version}
    if Regulation.objects.filter(**same).exists():
        Regulation.objects.filter(**same).delete()
        Reading.objects.filter(**same).delete()
