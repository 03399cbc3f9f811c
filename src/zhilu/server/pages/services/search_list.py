"""Search among the acts that a person may see: the list of acts once more, with what was found in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy

from zhilu.server.evidence.models import Act
from zhilu.server.evidence.services import search
from zhilu.server.evidence.terms import Part
from zhilu.server.pages.services import acts
from zhilu.server.pages.services.act_list import case_filters
from zhilu.server.pages.services.listing import Asker, Listing


@dataclass(frozen=True)
class Found:
    """`parts`: the stretch of its text that was found, empty where the words stand in several texts."""

    row: acts.Row
    parts: list[Part]


def _rows(found: Sequence[Act], asker: Asker) -> list[Found]:
    parts = search.snippets(asker.request.GET.get("words", ""), found)
    return [Found(row, parts.get(row.act.id, [])) for row in acts.rows(found, asker)]


def _base(asker: Asker) -> Any:
    return acts.visible(asker.rights)


CODES = ("words", "department", "first", "last", "procedure")
SEARCH = Listing(
    "search",
    gettext_lazy("Search"),
    _base,
    _rows,
    (),
    tuple(one for one in case_filters() if one.code in CODES),
    gettext_lazy("Nothing fits."),
    gettext_lazy("Nothing fits."),
)
