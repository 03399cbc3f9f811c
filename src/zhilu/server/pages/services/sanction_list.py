"""The list of sanctions, described."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from zhilu.server.organisation.services.rights import Rights
from zhilu.server.oversight.models import Appeal, Sanction
from zhilu.server.pages import words_answers
from zhilu.server.pages.services import findings, listing
from zhilu.server.pages.services.listing import Asker, Column, Listing, Rows
from zhilu.server.pages.templatetags.zhilu import beijing, said

STATES = {
    "standing": gettext_lazy("standing"),
    "appealed": gettext_lazy("appealed"),
    "lifted": gettext_lazy("lifted"),
}


@dataclass(frozen=True)
class Row:
    sanction: Sanction
    person: str
    by: str
    department: str
    state: str


def visible(rights: Rights) -> Rows:
    return Sanction.objects.filter(Q(person=rights.person) | rights.within(*findings.DECIDE))


def _open() -> Q:
    return Q(Exists(Appeal.objects.filter(sanction=OuterRef("pk"), decision="")))


def rows(found: Sequence[Any], asker: Asker) -> list[Row]:
    people = asker.names(*(one.person for one in found), *(one.by for one in found))
    ids: list[UUID] = [one.id for one in found]
    opened = set(Appeal.objects.filter(sanction__in=ids, decision="").values_list("sanction", flat=True))
    return [
        Row(
            one,
            people.get(str(one.person), ""),
            people.get(str(one.by), ""),
            asker.place(one.department),
            "lifted" if one.lifted_at else "appealed" if one.id in opened else "standing",
        )
        for one in found
    ]


def _at(row: Row) -> str:
    return format_html(
        '<a href="{}">{}</a>', reverse("sanction", args=[row.sanction.id]), beijing(row.sanction.at)
    )


COLUMNS = (
    Column("at", gettext_lazy("Decided at"), lambda row: row.sanction.at, _at, css="z-when"),
    Column("person", gettext_lazy("Person"), lambda row: row.person),
    Column("department", gettext_lazy("Department"), lambda row: row.department),
    Column("form", gettext_lazy("Form of sanction"), lambda row: said(row.sanction.form, "sanction-form")),
    Column("months", gettext_lazy("Months"), lambda row: row.sanction.months or "", css="z-num"),
    Column("by", gettext_lazy("Decided by"), lambda row: row.by),
    Column("state", gettext_lazy("State"), lambda row: str(STATES[row.state])),
    Column("entry", gettext_lazy("Entry"), lambda row: row.sanction.entry, usual=False, css="z-num z-mono"),
)
FILTERS = (
    listing.choice("form", gettext_lazy("Form of sanction"), words_answers.FORMS, main=True),
    listing.equal(
        "state",
        gettext_lazy("State"),
        STATES,
        {
            "standing": Q(lifted_at=None),
            "appealed": _open(),
            "lifted": Q(lifted_at__isnull=False),
        },
        main=True,
    ),
    listing.department(gettext_lazy("Department")),
    listing.officer(gettext_lazy("Person"), "person"),
    listing.since("first", gettext_lazy("Decided from"), "at", main=True),
    listing.until("last", gettext_lazy("Decided to"), "at", main=True),
)
SANCTIONS = Listing(
    code="sanctions",
    title=gettext_lazy("Sanctions"),
    is_own_only=True,
    base=lambda asker: visible(asker.rights),
    rows=rows,
    columns=COLUMNS,
    filters=FILTERS,
    empty=gettext_lazy("No sanction has been decided. One is decided on the page of a finding at fault."),
    none_fits=gettext_lazy("No sanction fits these filters."),
    order="at",
    about=lambda model: None,
)
