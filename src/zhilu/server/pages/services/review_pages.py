"""What pages about draws and reviews show besides their lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import get_language

from zhilu.server.evidence import standing
from zhilu.server.evidence.models import Act, ActSpan, Recording
from zhilu.server.federation.models import Joined
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.models import Department, Peer
from zhilu.server.organisation.services.people import bureau_names, names
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.oversight import rules_reviews as rules
from zhilu.server.oversight.apply_reviews import ROLE
from zhilu.server.oversight.findings.every import RULES
from zhilu.server.oversight.models import Checklist, Draw, Drawn, FootageReview
from zhilu.server.oversight.services import drawing, judging_draws
from zhilu.server.pages.services import catalogue_options
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.templatetags.zhilu import said

SEES = (ROLE, "unit-head", "leader")
MOST_OF_COUNTY = 200


def is_english() -> bool:
    return (get_language() or "").startswith("en")


def text_of(item: rules.Item) -> str:
    return item.en if is_english() else item.zh


def item_texts() -> dict[str, str]:
    """Code → what is asked, by the newest list that has it."""
    found: dict[str, str] = {}
    for one in Checklist.objects.order_by("at", "id"):
        found |= {item.code: text_of(item) for item in rules.items_of(one.items)}
    return found


# Draws


def draws(rights: Rights) -> QuerySet[Draw]:
    """Those in which something is drawn of his departments, or that he announced; of the whole bureau's all
    that there are.
    """
    if rights.scope_of(*SEES) is None:
        return Draw.objects.all()
    within = Drawn.objects.filter(rights.within(*SEES)).values("draw")
    return Draw.objects.filter(Q(id__in=within) | Q(by=str(rights.person)))


@dataclass(frozen=True)
class DrawRow:
    """`state`: `waits` or `made`; how many were drawn, reviewed, did not pass, of what this person sees."""

    draw: Draw
    state: str
    of: str
    drawn: int
    reviewed: int
    failed: int


def draw_rows(found: Sequence[Draw], asker: Asker) -> list[DrawRow]:
    counts = (
        Drawn.objects.filter(asker.rights.within(*SEES), draw__in=[one.id for one in found])
        .values("draw")
        .annotate(
            drawn=Count("id"),
            reviewed=Count("id", filter=~Q(state="open")),
            failed=Count("id", filter=Q(passed=False)),
        )
    )
    known: dict[UUID, Any] = {one["draw"]: one for one in counts}
    return [_draw_row(one, known.get(one.id, {}), asker) for one in found]


def _draw_row(one: Draw, counted: dict[str, Any], asker: Asker) -> DrawRow:
    figures = (counted.get(name, 0) for name in ("drawn", "reviewed", "failed"))
    return DrawRow(one, "made" if one.made_at else "waits", of(one, asker), *figures)


def of(draw: Draw, asker: Asker) -> str:
    """What a draw is of, in words."""
    if draw.kind == "targeted":
        return f"{said(draw.criterion, 'criterion')} {value_of(draw, asker)}"
    if draw.departments is None:
        return ""
    return "、".join(filter(None, (asker.place(UUID(one)) for one in draw.departments)))


def value_of(draw: Draw, asker: Asker) -> str:
    if draw.criterion == "officer":
        return asker.names(UUID(draw.value)).get(draw.value, "")
    choices = TARGETS.get(draw.criterion)
    return str(dict(choices(asker)).get(draw.value, draw.value)) if choices else draw.value


def _rules(asker: Asker) -> list[tuple[str, str]]:
    return list({one.code: one.en if is_english() else one.zh for one in RULES}.items())


TARGETS: dict[str, Callable[[Asker], Sequence[tuple[str, str]]]] = {
    "rule": _rules,
    "class": catalogue_options.classes,
    "procedure": catalogue_options.procedures,
    "officer": lambda asker: asker.officers,
}
"""What a targeted draw may be of."""


def targets(asker: Asker) -> dict[str, Sequence[tuple[str, str]]]:
    return {criterion: choices(asker) for criterion, choices in TARGETS.items()}


def targeted(criterion: str, value: str, period: tuple[Any, Any], most: int, rights: Rights) -> list[UUID]:
    """The newest of what this supervisor covers."""
    mine = Recording.objects.filter(rights.within(ROLE))
    found = drawing.meeting(criterion, value, *period, mine).order_by("-opened_at", "-id")
    return list(found.values_list("id", flat=True)[:most])


@dataclass(frozen=True)
class DrawnRow:
    drawn: Drawn
    opened: Any
    officer: str
    department: str


def drawn_rows(draw: Draw, asker: Asker, most: int) -> list[DrawnRow]:
    found = list(Drawn.objects.filter(asker.rights.within(*SEES), draw=draw).order_by("place")[:most])
    opened = dict(
        Recording.objects.filter(id__in=[one.recording for one in found]).values_list("id", "opened_at")
    )
    people = asker.names(*(one.officer for one in found))
    return [
        DrawnRow(
            one,
            opened.get(one.recording),
            people.get(str(one.officer), ""),
            asker.place(one.department),
        )
        for one in found
    ]


@dataclass(frozen=True)
class CountyDraw:
    bureau: str
    name: str
    draw: Draw
    code: str


def county_draws() -> list[CountyDraw]:
    """Random draws of the counties that are mirrored here, newest first, and what is wrong with each."""
    bureaus = ledgers.bureaus()[1:]
    called = bureau_names(*bureaus)
    found: list[CountyDraw] = []
    for bureau in bureaus:
        codes = judging_draws.judged(bureau)
        with ledgers.of(bureau):
            rows = list(Draw.objects.filter(kind="random").order_by("-at", "-id")[:MOST_OF_COUNTY])
        found += [CountyDraw(bureau, called[bureau], one, codes.get(one.id, "")) for one in rows]
    return sorted(found, key=lambda one: one.draw.at, reverse=True)[:MOST_OF_COUNTY]


def cosigner_of(draw: Draw) -> str:
    """Whose cosignature makes the seed: `city`, `county`, `own` for the bureau's own keyholder, or `gone`."""
    if Peer.objects.filter(role="keyholder", cosigner=draw.cosigner).exists():
        return "own"
    joined = Joined.objects.filter(cosigner=draw.cosigner).first()
    return joined.tier if joined else "gone"


# Reviews


@dataclass(frozen=True)
class Reviewed:
    """A review as its officer and its reviewers read it. `result`: of `words_reviews.RESULTS`."""

    review: FootageReview
    opened: Any
    result: str
    items: list[str]
    reviewer: str


def reviews_rows(found: Sequence[FootageReview]) -> list[Reviewed]:
    if not found:
        return []
    texts = item_texts() if any(one.failed for one in found) else {}
    people = names({one.by for one in found})
    opened = dict(
        Recording.objects.filter(id__in=[one.recording for one in found]).values_list("id", "opened_at")
    )
    return [
        Reviewed(
            one,
            opened.get(one.recording),
            result_of(one),
            [texts.get(code, code) for code in one.failed],
            people.get(str(one.by), ""),
        )
        for one in found
    ]


def of_drawn(drawn: Drawn, asker: Asker, items: Sequence[rules.Item]) -> list[Reviewed]:
    """Those of one drawn recording; `items`: of the list in force, the texts of another are looked up."""
    if drawn.first_by is None:
        return []
    found = list(FootageReview.objects.filter(drawn=drawn).select_related("drawn").order_by("level"))
    texts = {one.code: text_of(one) for one in items}
    if any(code not in texts for one in found for code in one.failed):
        texts = item_texts()
    people = asker.names(drawn.officer, *(one.by for one in found))
    return [
        Reviewed(
            one,
            None,
            result_of(one),
            [texts.get(code, code) for code in one.failed],
            people.get(str(one.by), ""),
        )
        for one in found
    ]


def recording_of(drawn: Drawn, person: UUID) -> Any:
    """The recording; `place`: its department's name; `is_own`: this person may not review it."""
    place = Department.objects.filter(id=OuterRef("department")).values("name")
    found = Recording.objects.annotate(
        place=Subquery(place[:1]), is_own=own(person, OuterRef("id"), drawn.entry)
    )
    return found.get(id=drawn.recording)


def own(person: UUID, recording: Any, entry: Any) -> Any:
    """Condition: the recording of this id is his, or he was told to describe it, or has a part in its act, or
    had when it was drawn, by this entry.
    """
    mine = Recording.objects.filter(Q(officer=person) | Q(assigned=person), id=recording)
    officer, was, filed = standing.parts(person, entry)
    acts = Act.objects.filter(officer | was | filed)
    part = ActSpan.objects.filter(recording=recording, act__in=acts.values("id"))
    return Exists(mine) | Exists(part)


def result_of(review: FootageReview) -> str:
    if review.passed:
        return "passed"
    waits = review.level == 1 and review.drawn.state == "second"
    return "waits" if waits and review.at + rules.SECOND_PERIOD > now() else "failed"
