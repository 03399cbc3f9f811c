"""Numbers of acts, recordings and viewings between two days of Beijing, by department, procedure or day.

Of each rate both numbers: a share of nothing is no share. An act counts on the day it was opened, a recording
on the day it began (an import: was sealed), a viewing on the day it was asked for, once for each department
that it reaches into. Numbers name no taxpayer and no officer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate

from zhilu.server.api import schemas
from zhilu.server.api.problems import Refused
from zhilu.server.api.references import on_days, visible_acts, visible_recordings
from zhilu.server.catalogue.models import Procedure
from zhilu.server.evidence.models import Outcome, Recording, ViewingSpan
from zhilu.server.evidence.rules import ELEMENTS
from zhilu.server.ledger.clock import BEIJING, midnight
from zhilu.server.organisation.models import Department
from zhilu.server.organisation.services.api_tokens import Bearer

MOST_DAYS = 366
MICROSECONDS = 1_000_000
Numbers = dict[str, dict[str, int]]


def count(bearer: Bearer, first: date, last: date, by: str) -> schemas.Statistics:
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise Refused(422, "days", most=MOST_DAYS)
    found: Numbers = defaultdict(lambda: defaultdict(int))
    _count_acts(found, on_days(visible_acts(bearer), first, last), by)
    if by != "procedure":
        _count_recordings(found, on_days(visible_recordings(bearer), first, last), by)
        _count_viewings(found, bearer, first, last, by)
    names = _names(found, by)
    rows = [_row(key, names.get(key, key), found[key], by) for key in sorted(found)]
    return schemas.Statistics(first=first, last=last, by=by, rows=rows)  # type: ignore[arg-type]


def _keyed(rows: QuerySet[Any], by: str, at: str, department: str) -> QuerySet[Any]:
    day = TruncDate(at, tzinfo=BEIJING)
    key = {"department": F(department), "procedure": F("procedure"), "day": day}[by]
    keyed: QuerySet[Any] = rows.annotate(z_key=key).order_by().values("z_key")
    return keyed


def _add(found: Numbers, rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        key = row.pop("z_key")
        numbers = found["" if key is None else str(key)]
        for name, value in row.items():
            numbers[name] += int(value or 0)


def _count_acts(found: Numbers, acts: QuerySet[Any], by: str) -> None:
    _add(
        found,
        _keyed(acts, by, "opened_at", "department").annotate(
            acts=Count("id"),
            complete=Count("id", filter=Q(present=len(ELEMENTS))),
            confirmed_=Count("id", filter=Q(confirmed=True)),
            taxpayer_=Count("id", filter=Q(linked_taxpayer=True)),
            document_=Count("id", filter=Q(linked_document=True)),
            case_=Count("id", filter=Q(linked_case=True)),
        ),
    )
    live = Outcome.objects.filter(act__in=acts.values("id"), gone_at=None)
    keyed: QuerySet[Any]
    if by == "procedure":
        keyed = live.annotate(z_key=F("act__procedure")).order_by().values("z_key")
    else:
        keyed = _keyed(live, by, "act__opened_at", "act__department")
    counted: QuerySet[Any] = keyed.annotate(outcomes=Count("id"), amount=Sum("amount_fen"))
    _add(found, counted)


def _count_recordings(found: Numbers, recordings: QuerySet[Any], by: str) -> None:
    told = recordings.filter(aside="")
    _add(
        found,
        _keyed(recordings, by, "opened_at", "department").annotate(
            recordings=Count("id"), us=Sum("duration_us")
        ),
    )
    _add(
        found,
        _keyed(told, by, "opened_at", "department").annotate(
            owed=Count("id"), described=Count("id", filter=Q(acts__gt=0))
        ),
    )


def _count_viewings(found: Numbers, bearer: Bearer, first: date, last: date, by: str) -> None:
    """Each once, by the departments of the recordings that it names."""
    here = Recording.objects.filter(bearer.within())
    spans = ViewingSpan.objects.filter(
        viewing__asked_at__gte=midnight(first),
        viewing__asked_at__lt=midnight(last + timedelta(days=1)),
        recording__in=here.values("id"),
    ).annotate(place=Subquery(here.filter(id=OuterRef("recording")).values("department")))
    is_copy = Q(viewing__kind="copy")

    def once(which: Q) -> Count:
        return Count("viewing", filter=which, distinct=True)

    _add(
        found,
        _keyed(spans, by, "viewing__asked_at", "place").annotate(
            viewings=once(~is_copy),
            approved=once(~is_copy & Q(viewing__approved=True)),
            copies=once(is_copy),
        ),
    )


def _names(found: Numbers, by: str) -> dict[str, str]:
    if by == "department":
        ids = [key for key in found if key]
        return {
            str(one): name for one, name in Department.objects.filter(id__in=ids).values_list("id", "name")
        }
    if by == "procedure":
        named = Procedure.objects.filter(code__in=found).order_by("version").values_list("code", "name")
        return dict(named)
    return {}


def _row(key: str, name: str, numbers: dict[str, int], by: str) -> schemas.Count:
    acts = numbers["acts"]

    def of_acts(part: str) -> schemas.Rate:
        return schemas.Rate(part=numbers[part], of=acts)

    has_media = by != "procedure"
    described = schemas.Rate(part=numbers["described"], of=numbers["owed"])
    approved = schemas.Rate(part=numbers["approved"], of=numbers["viewings"])
    return schemas.Count(
        key=key,
        name=name,
        acts=acts,
        complete=of_acts("complete"),
        confirmed=of_acts("confirmed_"),
        linked_taxpayer=of_acts("taxpayer_"),
        linked_document=of_acts("document_"),
        linked_case=of_acts("case_"),
        outcomes=numbers["outcomes"],
        amount_fen=numbers["amount"],
        recordings=numbers["recordings"] if has_media else None,
        seconds=numbers["us"] // MICROSECONDS if has_media else None,
        described=described if has_media else None,
        viewings=numbers["viewings"] if has_media else None,
        viewings_approved=approved if has_media else None,
        copies=numbers["copies"] if has_media else None,
    )
