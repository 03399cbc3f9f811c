"""Who is told of reviews of footage: officers of what did not pass, supervisors of what waits for them.
What a reviewer wrote is read on the page.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from zhilu.server.ledger.clock import day_of
from zhilu.server.organisation.services.rights import rights_of
from zhilu.server.oversight.apply_reviews import ROLE
from zhilu.server.oversight.models import Drawn, FootageReview
from zhilu.server.oversight.rules_messages import Told
from zhilu.server.oversight.rules_reviews import SECOND_PERIOD
from zhilu.server.oversight.services import messages
from zhilu.server.oversight.services.telling_days import holders

BACK = timedelta(days=30)

messages.kind("review-told", _("A review of your recording"), _("Recording of %(day)s: %(result)s."),
              day="day", result="review-result")  # fmt: skip
messages.kind("review-drawn", _("Footage to review"), _("Drawn on %(day)s, to be reviewed: %(count)s."),
              day="day", count="count")  # fmt: skip
messages.kind("review-second", _("Second reviews"),
              _("Did not pass on %(day)s, second review wanted: %(count)s."),
              day="day", count="count")  # fmt: skip


@messages.producer("review-told")
def of_mine(at: datetime) -> Iterator[Told]:
    """What did not pass, and what the second review then said of it."""
    rows = FootageReview.objects.filter(at__gte=at - BACK, at__lte=at).exclude(officer=None)
    rows = rows.filter(Q(passed=False) | Q(level=2)).select_related("drawn")
    for one in rows.iterator(500):
        assert one.officer is not None
        result = "passed" if one.passed else "failed" if one.level == 2 else "waits"
        params: dict[str, str | int] = {"day": str(one.drawn.day), "result": result}
        yield Told(one.officer, "review-told", str(one.id), params, reverse("footage-reviews-mine"))


@messages.producer("review-drawn", settles=True)
def drawn(at: datetime) -> Iterator[Told]:
    """Of each draw, while something of it waits."""
    recent = Drawn.objects.filter(state="open", at__gte=at - BACK, at__lte=at)
    if not recent.exists():
        return
    for person in holders(ROLE):
        mine = recent.filter(rights_of(person).within(ROLE)).exclude(officer=person)
        counts = Counter(mine.values_list("draw", "at"))
        for (draw, made), count in counts.items():
            params: dict[str, str | int] = {"day": str(day_of(made)), "count": count}
            yield Told(person, "review-drawn", str(draw), params, _queue(draw))


@messages.producer("review-second", settles=True)
def second(at: datetime) -> Iterator[Told]:
    """To another than the first reviewer, while it counts."""
    since = at - SECOND_PERIOD
    first = FootageReview.objects.filter(level=1, passed=False, at__gte=since, at__lte=at)
    waits = list(first.filter(drawn__state="second").values_list("at", "by", "department", "officer"))
    if not waits:
        return
    for person in holders(ROLE):
        rights = rights_of(person)
        covered = {place: rights.covers(place, ROLE) for place in {one[2] for one in waits}}
        days = Counter(
            day_of(made)
            for made, by, place, officer in waits
            if covered[place] and person not in (by, officer)
        )
        for day, count in days.items():
            params: dict[str, str | int] = {"day": str(day), "count": count}
            path = f"{reverse('footage-reviews')}?state=second"
            yield Told(person, "review-second", str(day), params, path)


def _queue(draw: UUID) -> str:
    return f"{reverse('footage-reviews')}?draw={draw}"
