"""The list of findings, described."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.encoding import as_uuid
from zhilu.server.ledger.clock import now
from zhilu.server.oversight import rules_answers as rules
from zhilu.server.pages import words_answers
from zhilu.server.pages.services import findings, listing
from zhilu.server.pages.services.findings import Row
from zhilu.server.pages.services.listing import Asker, Column, Filter, Listing, Rows
from zhilu.server.pages.templatetags.zhilu import said

CLEARED = "cleared"
TONES = {
    "remind": "under-way", "minor": "partial", "serious": "missing", "refer": "missing",
}  # fmt: skip


def _rule(row: Row) -> str:
    url = reverse("finding", args=[row.finding.id])
    return format_html('<a href="{}">{}</a>', url, said(row.finding.rule, "rule"))


def _severity(row: Row) -> str:
    tone = TONES.get(row.finding.severity, "partial")
    return format_html('<span class="z-badge z-{}">{}</span>', tone, said(row.finding.severity, "severity"))


def _subject(row: Row) -> str:
    url = findings.url_of(row.finding)
    return format_html('<a href="{}">{}</a>', url, row.about) if url else row.about


def state_of(row: Row) -> str:
    words = [said(row.state, "finding-state")]
    # Who concludes has a list of what stands: there is nothing to tell.
    if told := getattr(row.finding, "told", row.finding.conclusion):
        words.append(said(told, "conclusion"))
    return " · ".join(words)


def waits_of(row: Row) -> str:
    return _("; ").join(one.told() for one in row.waits)


def _waits(row: Row) -> str:
    told = waits_of(row)
    if row.is_late:
        return format_html('{} <span class="z-badge z-missing">{}</span>', told, _("past its time"))
    return told


COLUMNS = (
    Column("raised", gettext_lazy("Found at"), lambda row: row.finding.found_at, css="z-slack"),
    Column(
        "day",
        gettext_lazy("Day"),
        lambda row: row.finding.day,
        lambda row: row.finding.day.isoformat(),
        css="z-when",
    ),
    Column("rule", gettext_lazy("Kind of finding"), lambda row: said(row.finding.rule, "rule"), _rule),
    Column(
        "severity", gettext_lazy("Severity"), lambda row: said(row.finding.severity, "severity"), _severity
    ),
    Column(
        "subject",
        gettext_lazy("About"),
        lambda row: row.about,
        _subject,
        css="z-sentence",
    ),
    Column(
        "persons",
        gettext_lazy("Who is asked"),
        lambda row: _(", ").join(filter(None, row.persons)),
        css="z-names",
    ),
    Column("department", gettext_lazy("Department"), lambda row: row.department),
    Column("state", gettext_lazy("State"), state_of),
    Column("waits", gettext_lazy("Waits for"), waits_of, _waits, css="z-sentence"),
    Column(
        "concluded",
        gettext_lazy("Concluded at"),
        lambda row: row.finding.concluded_at,
        usual=False,
        css="z-when",
    ),
    Column("entry", gettext_lazy("Entry"), lambda row: row.finding.entry, usual=False, css="z-num z-mono"),
)


def _state(query: Rows, code: str, asker: Asker) -> Rows:
    if code == CLEARED:
        return query.exclude(cleared_at=None)
    return query.filter(state=code, cleared_at=None)


WAITING = {"me": gettext_lazy("for me"), "explain": gettext_lazy("to be explained"), **{
    code: words_answers.WAITS[code] for code in ("head", "supervisor", "leader", "appeal")
}}  # fmt: skip


def _waiting(query: Rows, code: str, asker: Asker) -> Rows:
    at = now()
    days = findings.days_for(asker, at)
    if code == "me":
        return query.filter(findings.for_me(asker.rights, at, days))
    if code == "explain":
        due = Q(raised_at__gte=rules.lapsed_before(at, "explain", days))
        return query.filter(findings.standing() & Q(state=rules.OPEN) & due)
    known = {
        "head": findings.to_accept(),
        "supervisor": findings.to_conclude(at, days),
        "leader": findings.to_refer(),
        "appeal": Q(appealed_at__isnull=False),  # as far as he reads of it
    }
    return query.filter(known[code])


FILTERS = (
    listing.choice("waiting", gettext_lazy("Waits for"), WAITING, _waiting, main=True),
    listing.choice("rule", gettext_lazy("Kind of finding"), words_answers.RULE_NAMES, main=True),
    listing.choice("state", gettext_lazy("State"), words_answers.STATES, _state, main=True),
    listing.department(gettext_lazy("Department")),
    listing.officer(gettext_lazy("Officer"), lambda query, value, asker: query.filter(findings.mine(value))),
    *listing.days(),
    listing.choice("conclusion", gettext_lazy("Conclusion"), words_answers.CONCLUSIONS, "told"),
    listing.choice("severity", gettext_lazy("Severity"), words_answers.SEVERITIES),
    Filter(
        "mine",
        gettext_lazy("Only about me"),
        lambda query, value, asker: query.filter(findings.mine(asker.rights.person)),
        listing.one_of("yes"),
        options=lambda asker: [("yes", _("yes"))],
    ),
)

FINDINGS = Listing(
    code="findings",
    title=gettext_lazy("Findings of oversight"),
    is_own_only=True,
    base=lambda asker: findings.with_told(
        findings.with_appeals(findings.visible(asker.rights), asker.rights), asker.rights
    ),
    rows=findings.rows,
    columns=COLUMNS,
    filters=FILTERS,
    empty=gettext_lazy("Nothing was found. Findings come by themselves each day; nobody has to enter any."),
    none_fits=gettext_lazy("No finding fits these filters."),
    order="found_at",
    about=lambda model: as_uuid(model.subject),
)
