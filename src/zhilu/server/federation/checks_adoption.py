"""What is asked where a county takes over its city's entries, and where it enters what is the city's to
enter: at `commit`, and in no replay (spec/federation.md §6).

What an entry says is judged by itself only. Rules that ask what else there is (a course of the same name) are
the city's: asked again here, the county's own rows could stand in the city's way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Max

from zhilu import strictjson
from zhilu.encoding import unb64u
from zhilu.errors import CallerError, DataError
from zhilu.protocols.federation import Payload, Served, check_entry
from zhilu.server.catalogue import rules as catalogue_rules
from zhilu.server.catalogue import rules_notices
from zhilu.server.catalogue.events import CatalogueSet, RegulationIssued
from zhilu.server.catalogue.events_notices import NoticeIssued
from zhilu.server.catalogue.models import Catalogue
from zhilu.server.federation import rules_adoption as rules
from zhilu.server.federation.apply_adoption import inner_of
from zhilu.server.federation.events_adoption import CityEntryAdopted
from zhilu.server.federation.models import Joined
from zhilu.server.federation.services import adopting, mirror
from zhilu.server.federation.services.neighbours import as_neighbour
from zhilu.server.ledger.clock import day_of
from zhilu.server.ledger.events import Stamp, checks_many, guards, kind_of, read
from zhilu.server.ledger.services import payloads, tree
from zhilu.server.organisation import rules_calendar
from zhilu.server.organisation.events import CalendarSet, PersonAdded, PersonDescribed
from zhilu.server.training import rules as training_rules
from zhilu.server.training.events import CourseSet
from zhilu.server.training.models import Course
from zhilu.tlog.merkle import inclusion_path, leaf_hash, verify_inclusion


@checks_many(CityEntryAdopted)
def check_adopted(stamped: list[tuple[CityEntryAdopted, Stamp]]) -> None:
    events = [event for event, _ in stamped]
    city = Joined.objects.filter(tier=adopting.CITY).first()
    is_own = all(stamp.actor == settings.ZHILU.bureau for _, stamp in stamped)
    if city is None or not is_own or any(event.city != city.bureau for event in events):
        raise CallerError("actor", "A county's own server takes over what its city entered.")
    adopting.check_entries(events, [stamp.personal for _, stamp in stamped], city.bureau)
    _check_proved(city, events)
    version = Catalogue.objects.aggregate(newest=Max("version"))["newest"] or 0
    for event, stamp in stamped:
        _check_parts(event, stamp)
        inner, _ = inner_of(event, stamp)
        if isinstance(inner, CatalogueSet):
            version += 1
            _check_catalogue(event, version, day_of(stamp.at))
        elif (event.version, event.since) != (None, None):
            raise DataError("adoption-version", "Only a catalogue has a number of the county's.")
        check_said(inner)


def _check_proved(city: Joined, events: Sequence[CityEntryAdopted]) -> None:
    """Each leaf is in the tree of the newest note, which the city signed with the keys it joined with."""
    with mirror.of(city.bureau):
        signed = as_neighbour(city).keys.open(mirror.known()[1]).checkpoint
        reader = tree.reader(signed.size)
        for event in events:
            path = inclusion_path(event.index, signed.size, reader)
            verify_inclusion(leaf_hash(unb64u(event.leaf)), event.index, signed.size, path, signed.root)


def _check_parts(event: CityEntryAdopted, stamp: Stamp) -> None:
    told = stamp.personal
    personal = Payload(unb64u(told["personal"]), unb64u(told["salt"])) if told else None
    core = Payload(unb64u(event.core), unb64u(event.salt))
    check_entry(Served(unb64u(event.leaf), core, personal), event.city)
    for part in (core, personal):
        if part:
            payloads.check_texts(part.data)


def _check_catalogue(event: CityEntryAdopted, version: int, today: date) -> None:
    said = read("catalogue-set/1", strictjson.loads_object(unb64u(event.core)))
    since = rules.begins(date.fromisoformat(said.since), today)
    if (event.version, event.since) != (version, since.isoformat()):
        raise DataError("adoption-version", "The county gives a catalogue its next number, from today on.")


def check_said(inner: Any) -> None:
    """An event of the city by itself."""
    match inner:
        case CatalogueSet():
            catalogue_rules.read_procedures(inner.classes, inner.scripts, inner.procedures)
        case RegulationIssued():
            catalogue_rules.check_text(inner.text)
        case CalendarSet():
            rules_calendar.read_days(inner.year, inner.days)
        case CourseSet():
            training_rules.check_course(inner.kind, inner.valid_days, inner.pass_score)
        case NoticeIssued():
            rules_notices.check_said(inner.title, inner.text, inner.bureaus)


@guards(CatalogueSet, RegulationIssued, CalendarSet, PersonAdded)
def check_not_citys(events: Sequence[Any]) -> None:
    if adopting.is_citys(rules.name_of(kind_of(events[0]).name)):
        raise rules.from_city()


@guards(CourseSet)
def check_courses(events: Sequence[CourseSet]) -> None:
    """A course of the county's own may end."""
    if not adopting.is_citys("course-set"):
        return
    for event in events:
        is_own = Course.objects.filter(id=event.course).exists() and not adopting.is_citys(
            "course-set", event.course
        )
        if not (event.closed and is_own):
            raise rules.from_city()


@guards(PersonDescribed)
def check_described(events: Sequence[PersonDescribed]) -> None:
    if any(adopting.is_citys("person-added", event.person) for event in events):
        raise rules.from_city()


@guards(NoticeIssued)
def check_notice(events: Sequence[NoticeIssued]) -> None:
    known = list(Joined.objects.exclude(tier=adopting.CITY).values_list("bureau", flat=True))
    for event in events:
        if any(one not in known for one in event.bureaus or ()):
            raise DataError("notice-bureau", "A notice is for counties that have joined.")
