"""Numbers of acts, recordings and viewings between two days of Beijing, by department, procedure or day.

Counted as everywhere (`statistics.services.counting`, spec/statistics.md §1). Of each rate both numbers: a
share of nothing is no share. A viewing counts on the day it was asked for, once for each department that it
reaches into. Numbers name no taxpayer and no officer.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from zhilu.server.api import schemas
from zhilu.server.api.problems import Refused
from zhilu.server.catalogue.models import Procedure
from zhilu.server.federation.services import ledgers
from zhilu.server.organisation.models import Department
from zhilu.server.organisation.services.api_tokens import Bearer
from zhilu.server.statistics import rules
from zhilu.server.statistics.services import counting

MOST_DAYS = 366
MICROSECONDS = 1_000_000
Numbers = dict[str, Counter[str]]


def count(bearer: Bearer, first: date, last: date, by: str) -> schemas.Statistics:
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise Refused(422, "days", most=MOST_DAYS)
    asked = counting.Asked(first, last, bearer.departments)
    found: Numbers = {}
    counted_by = counting.count(asked, by)
    counting.add_matches(counted_by, ledgers.own(), asked, (by,), counting.here())
    parts = [counted_by]
    if by != "procedure":
        parts.append(counting.viewings(asked, by))
    for counted in parts:
        for (key,), numbers in counted.items():
            found.setdefault("" if key is None else str(key), Counter()).update(numbers)
    names = _names(found, by)
    rows = [_row(key, names.get(key, key), found[key], by) for key in sorted(found)]
    return schemas.Statistics(first=first, last=last, by=by, rows=rows)  # type: ignore[arg-type]


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


def _row(key: str, name: str, numbers: Counter[str], by: str) -> schemas.Count:
    def share(part: str, of: str) -> schemas.Rate:
        return schemas.Rate(part=numbers[part], of=numbers[of])

    has_media = by != "procedure"
    return schemas.Count(
        key=key,
        name=name,
        acts=numbers["acts"],
        **{rate: share(rate, "acts") for rate in rules.OF_ACTS[1:] if rate != "linked"},
        due=share("due_recorded", "due"),
        outcomes=numbers["outcomes"],
        amount_fen=numbers["fen"],
        recordings=numbers["recordings"] if has_media else None,
        seconds=numbers["us"] // MICROSECONDS if has_media else None,
        described=share("described", "owed") if has_media else None,
        reviewed=share("reviewed", "recordings") if has_media else None,
        passed=share("passed", "reviewed") if has_media else None,
        viewings=numbers["viewings"] if has_media else None,
        viewings_approved=share("approved", "viewings") if has_media else None,
        copies=numbers["copies"] if has_media else None,
    )
