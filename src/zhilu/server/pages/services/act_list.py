"""The list of acts, described."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.server.evidence.models import ActOfficer, Outcome
from zhilu.server.evidence.rules_links import OUTCOMES
from zhilu.server.evidence.services import search
from zhilu.server.pages import words
from zhilu.server.pages.services import acts, keyset, listing
from zhilu.server.pages.services.acts import Row
from zhilu.server.pages.services.catalogue_options import classes, procedures
from zhilu.server.pages.services.listing import Asker, Column, Filter, Listing, Options, Rows
from zhilu.server.pages.templatetags.zhilu import beijing, said


def _opened(row: Row) -> str:
    return format_html('<a href="{}">{}</a>', row.url, beijing(row.act.opened_at))


def _complete(row: Row) -> str:
    return render_to_string("pages/_complete.html", {"act": row.act})


def completeness(row: Row) -> str:
    """As the file says it: nothing, or how many of the seven elements."""
    return _("%(count)s of 7") % {"count": row.act.present} if row.act.version else _("no statement")


def _links(row: Row) -> str:
    kinds = [
        (row.act.linked_taxpayer, "taxpayer"),
        (row.act.linked_document, "document"),
        (row.act.linked_case, "case"),
    ]
    return _(", ").join(said(kind, "link") for is_there, kind in kinds if is_there)


COLUMNS = (
    Column("opened", gettext_lazy("Opened at"), lambda row: row.act.opened_at, _opened, css="z-when"),
    Column("procedure", gettext_lazy("Procedure"), lambda row: row.procedure),
    Column("taxpayer", gettext_lazy("Taxpayer"), lambda row: row.act.taxpayer),
    Column("officers", gettext_lazy("Officers"), lambda row: _(", ").join(row.officers), css="z-names"),
    Column("department", gettext_lazy("Department"), lambda row: row.department),
    Column("tier", gettext_lazy("Tier"), lambda row: said(row.act.tier, "tier"), usual=False),
    Column("statement", gettext_lazy("Statement"), completeness, _complete),
    Column("confirmed", gettext_lazy("Confirmed"), lambda row: row.act.confirmed, usual=False),
    Column("links", gettext_lazy("Linked to"), _links),
    Column("entry", gettext_lazy("Entry"), lambda row: row.act.entry, css="z-num z-mono"),
)


def _words(query: Rows, asked: str, asker: Asker) -> Rows:
    return query.filter(search.matching(asked, asker.commonness(asked)))


def _words_counted(query: Rows, asked: str, asker: Asker) -> Rows:
    return query.filter(search.counting(asked, query, listing.MOST_COUNTED, asker.commonness(asked)))


def _of_officer(query: Rows, officer: UUID, asker: Asker) -> Rows:
    return query.filter(id__in=ActOfficer.objects.filter(officer=officer).values("act"))


def _outcome(query: Rows, kind: str, asker: Asker) -> Rows:
    came = Outcome.objects.filter(gone_at=None)
    if kind in OUTCOMES:
        came = came.filter(kind=kind)
    there = Exists(came.filter(act=OuterRef("id")))
    if kind == "none":
        return query.filter(~there)
    return query.filter(keyset.among(came.values("act"), there) if asker.sees_all else there)


def _outcomes(asker: Asker) -> Options:
    kinds = [(kind, said(kind, "outcome")) for kind in OUTCOMES]
    return [("any", _("with an outcome")), ("none", _("without an outcome")), *kinds]


def statement_filters() -> tuple[Filter, ...]:
    return (
        listing.equal(
            "complete",
            gettext_lazy("Statement"),
            {
                "none": gettext_lazy("no statement"),
                "partial": gettext_lazy("some elements are missing"),
                "whole": gettext_lazy("complete with all seven"),
            },
            {
                "none": Q(version=0),
                "partial": Q(version__gt=0, present__lt=7),
                "whole": Q(present=7),
            },
            main=True,
        ),
        listing.yes_no("confirmed", gettext_lazy("Confirmed by the unit's head"), "confirmed"),
    )


def case_filters() -> tuple[Filter, ...]:
    """Of procedure, officer, department and days: what work lists have too."""

    return (
        Filter("words", gettext_lazy("Words"), _words, kind="text", main=True, counted=_words_counted),
        listing.officer(gettext_lazy("Officer"), _of_officer),
        listing.department(gettext_lazy("Department")),
        listing.since("first", gettext_lazy("Opened from"), "opened_at", main=True),
        listing.until("last", gettext_lazy("Opened to"), "opened_at", main=True),
        listing.same("class", gettext_lazy("Class"), "class_code", classes),
        listing.same("procedure", gettext_lazy("Procedure"), "procedure", procedures),
        listing.choice("tier", gettext_lazy("Tier"), words.TIERS),
    )


FILTERS = (
    *case_filters(),
    *statement_filters(),
    listing.yes_no("linked_taxpayer", gettext_lazy("Linked to a taxpayer"), "linked_taxpayer"),
    listing.yes_no("linked_document", gettext_lazy("Linked to a document"), "linked_document"),
    listing.yes_no("linked_case", gettext_lazy("Linked to a case"), "linked_case"),
    Filter(
        "outcome",
        gettext_lazy("Outcome"),
        _outcome,
        listing.one_of("any", "none", *OUTCOMES),
        options=_outcomes,
    ),
    listing.counts("acts"),
)


def _base(asker: Asker) -> Any:
    return acts.visible(asker.rights)


ACTS = Listing(
    "acts",
    gettext_lazy("Acts"),
    _base,
    acts.rows,
    COLUMNS,
    FILTERS,
    gettext_lazy("No act has been opened yet. Open one from a recording."),
    gettext_lazy("No act fits these filters."),
)
