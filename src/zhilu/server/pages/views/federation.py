"""The ledgers of other bureaus: how far each is followed here, and what was found against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhilu.server.federation.models import Adopting, Comparison, Contradiction, Cosigned, Joined, Watch
from zhilu.server.federation.services import comparisons, posts
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.services.people import bureau_names
from zhilu.server.organisation.services.people import names as people_names
from zhilu.server.oversight.models import Evaluated
from zhilu.server.pages.services.rights import may, needs, rights
from zhilu.server.pages.words_federation import ADOPTION, CODES, DIFFERENCES, TONES

MOST_FOUND = 100


@dataclass(frozen=True)
class Row:
    """`cosigned_us`: the size up to which this neighbour has cosigned the own ledger."""

    joined: Joined
    name: str
    watch: Watch | None
    cosigned_us: int
    comparison: Comparison | None
    adopting: Adopting | None
    judged: Evaluated | None

    @property
    def shown(self) -> tuple[str, str]:
        return self.watch.shown(now()) if self.watch else ("unseen", "")

    @property
    def differences(self) -> list[tuple[str, str]]:
        """Where, and what."""
        found = self.comparison.findings if self.comparison else []
        return [(_place(place), _what(what)) for place, what in found]

    @property
    def is_asked(self) -> bool:
        at = self.comparison.asked_at if self.comparison else None
        return at is not None and at <= now()

    @property
    def compared_at(self) -> datetime | None:
        """Of what stands there: None where it is of a later try, which did not compare all."""
        one = self.comparison
        return one.at if one and one.code != "compare-behind" else None

    @property
    def not_compared(self) -> str:
        code = self.comparison.code if self.comparison else ""
        if code == "compare-behind":
            return _("Not all could be compared: its newest entries are not here yet.")
        text = _("It could not be compared (%(code)s); what stands here is from before.")
        return text % {"code": code} if code else ""

    @property
    def state(self) -> str:
        return self.shown[0]

    @property
    def tone(self) -> str:
        return TONES.get(self.state, "attention")

    @property
    def adopting_says(self) -> str:
        """Why the taking over does not go on."""
        code = self.adopting.code if self.adopting else ""
        return str(ADOPTION.get(code, _("It was refused with the code %(code)s.") % {"code": code}))

    @property
    def says(self) -> str:
        code = self.shown[1]
        if not code:
            return ""
        return str(CODES.get(code, _("It refused with the code %(code)s.") % {"code": code}))


def _place(place: str) -> str:
    name, _blank, index = place.partition(" ")
    return _("Entry %(index)s") % {"index": index} if name == "entry" else place


def _what(what: str) -> str:
    name, _blank, column = what.partition(" ")
    if name == "column":
        return _("other content in %(column)s") % {"column": column}
    return str(DIFFERENCES.get(what, what))


@require_http_methods(["GET", "HEAD", "POST"])
@needs("federation")
def index(request: HttpRequest) -> HttpResponse:
    """POST: one is to be compared with its mirror."""
    if request.method == "POST":
        joined = get_object_or_404(Joined, bureau=request.POST.get("bureau", ""))
        comparisons.ask(joined.bureau)
        return redirect("federation")
    names = bureau_names()
    rows = _rows(names)
    found = list(Contradiction.objects.order_by("-id")[:MOST_FOUND])
    for one in found:
        one.name = names.get(one.bureau, one.bureau)  # type: ignore[attr-defined]
    twice = posts.held_twice() if settings.ZHILU.tier == "city" else []
    people = people_names({one.person for one in twice})
    context: dict[str, Any] = {
        "twice": [
            (
                people.get(str(one.person), str(one.person)[:8]),
                [(names.get(bureau, bureau), since) for bureau, since in one.posts],
            )
            for one in twice
        ],
        "tier": settings.ZHILU.tier,
        "may_part": may(rights(request).roles, "partings"),
        "rows": rows,
        "bad": sum(row.tone == "bad" for row in rows),
        "found": found,
    }
    return render(request, "pages/federation.html", context)


def _rows(names: dict[str, str]) -> list[Row]:
    watches = {one.bureau: one for one in Watch.objects.all()}
    compared = {one.bureau: one for one in Comparison.objects.all()}
    adopting = {one.bureau: one for one in Adopting.objects.all()}
    judged = {one.bureau: one for one in Evaluated.objects.all()}
    newest = Cosigned.objects.values_list("bureau").annotate(newest=Max("size"))
    cosigned = dict(newest)
    return [
        Row(
            one,
            names.get(one.bureau, one.bureau),
            watches.get(one.bureau),
            cosigned.get(one.bureau, 0),
            compared.get(one.bureau),
            adopting.get(one.bureau),
            judged.get(one.bureau),
        )
        for one in Joined.objects.order_by("bureau")
    ]


urls = [
    path("federation", index, name="federation"),
]
