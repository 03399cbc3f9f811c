"""Which act a row of links means: the one it names, or the one that its officer had at its time.

A time fits an act whose span holds it, or begins or ends within NEAR of it: the caller's clock and the
officer's hand are no better. Imports say no time that could fit. Of several that fit, none is taken, and the
answer is the one that says that none fits: which of the two it was, and whether officer, time or taxpayer did
not fit, is not told.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

from django.db.models import QuerySet

from zhilu.errors import DataError
from zhilu.sealed.imports import ORIGIN
from zhilu.server.api import schemas
from zhilu.server.api.references import of_officer, visible_acts
from zhilu.server.evidence import rules_links
from zhilu.server.evidence.models import Act, ActLink, ActSpan, Recording
from zhilu.server.organisation.services.api_tokens import Bearer

NEAR = timedelta(minutes=30)
LONGEST_RECORDING = timedelta(days=2)
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(3000, 1, 1, tzinfo=UTC)
NO_MATCH = "no-match"


def act_of(bearer: Bearer, row: schemas.LinkIn) -> Act:
    """Raises DataError: `act-unknown` for what is not there for this token."""
    if (row.act is None) == (row.match is None):
        raise DataError("row", "A row names an act or a match, and not both.")
    if row.match is not None:
        return _matched(bearer, row.match)
    found = visible_acts(bearer).filter(id=row.act).first() if row.act else None
    if found is None:
        raise DataError("act-unknown", "No such act has been opened.")
    return found


def _matched(bearer: Bearer, match: schemas.Match) -> Act:
    if match.at.tzinfo is None or not EARLIEST <= match.at < LATEST:
        raise DataError("match-at", "A time has a zone and lies between the years 2000 and 3000.")
    acts = visible_acts(bearer).filter(officers__officer__in=of_officer(match.officer))
    fitting = [act for act in _around(acts, match.at) if not match.taxpayer or _is_of(act, match.taxpayer)]
    if len(fitting) != 1:
        raise DataError(NO_MATCH, "Not exactly one act fits this officer, time and taxpayer: name the act.")
    return fitting[0]


def _around(acts: QuerySet[Act], at: datetime) -> list[Act]:
    began = Recording.objects.filter(opened_at__gt=at - LONGEST_RECORDING, opened_at__lt=at + NEAR)
    opened = dict(
        began.exclude(origin=ORIGIN)
        .filter(id__in=ActSpan.objects.filter(act__in=acts).values("recording"))
        .values_list("id", "opened_at")
    )
    spans = ActSpan.objects.filter(act__in=acts, recording__in=opened).select_related("act")
    found = {}
    for span in spans:
        first = opened[span.recording] + timedelta(microseconds=span.from_us)
        last = opened[span.recording] + timedelta(microseconds=span.to_us)
        if first - NEAR <= at <= last + NEAR:
            found[span.act_id] = span.act
    return list(found.values())


def _is_of(act: Act, taxpayer: str) -> bool:
    """By the name that the officer wrote, or by a taxpayer's link: its number or its name."""
    said = _plain(taxpayer)
    known = {_plain(act.taxpayer)}
    for number, name in ActLink.objects.filter(act=act, kind="taxpayer", gone_at=None).values_list(
        "number", "name"
    ):
        known |= {_plain(number), _plain(name)}
    return said in known - {""}


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def number_of(row: schemas.LinkIn) -> str:
    """Of what the row links. All that is wrong with the row itself is said here, before an act is looked for:
    whoever guesses is to hear the same of an act that is there.
    """
    if row.kind not in rules_links.LINKS:
        raise DataError("link-kind", "There is no such kind of link.")
    rules_links.line_of(row.name, rules_links.LONGEST_NAME)
    return rules_links.number_of(row.kind, row.number)
