"""The monthly report as PDF: what its JSON says, in words, with the SHA-256 of the JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhilu.encoding import sha256
from zhilu.server import paper
from zhilu.server.federation.services import ledgers
from zhilu.server.ledger.clock import now, today
from zhilu.server.organisation.services.people import bureau_name, department_names, names
from zhilu.server.pages.services import exports
from zhilu.server.pages.services.statistics_page import percent
from zhilu.server.pages.templatetags.zhilu import beijing, said, yuan
from zhilu.server.statistics import rules

MOST_ROWS = 400
"""Of one table; the JSON has all."""


def pdf(report: dict[str, Any], data: bytes, told: dict[str, str], by: str) -> bytes:
    """`told`: names of bureaus; `data`: the JSON as it is given out."""
    made = beijing(now())
    hash_ = sha256(data).hex()
    facts = [
        (_("Period"), f"{report['first']} — {report['last']}"),
        (_("Made"), _("%(at)s by %(who)s") % {"at": made, "who": by}),
        (_("SHA-256 of the JSON"), hash_),
        (_("Count it again"), "zhilu server recompute REPORT.json"),
    ]
    away = [told[one["bureau"]] for one in report["ledgers"] if rules.is_away(one["state"])]
    back = [told[one] for one in ledgers.dated_back([one["bureau"] for one in report["ledgers"]])]
    notes = [
        text % {"names": _(", ").join(names)}
        for text, names in (
            (_("Not followed when this was made, counted with what is known of them: %(names)s."), away),
            (
                _(
                    "Entries of these bureaus are provably dated back, so that what is counted here as in"
                    " time may have been late: %(names)s."
                ),
                back,
            ),
        )
        if names
    ]
    if report["last"] >= str(today()):
        notes.insert(0, _("This month is not over: counted as of %(at)s.") % {"at": made})
    columns = [_("Ledger"), _("Entries"), _("Root"), _("Newest checkpoint"), _("State")]
    return paper.pdf(
        paper.Report(
            title=_("Statistics of recorded enforcement"),
            bureau=bureau_name(),
            lang="en" if (get_language() or "").startswith("en") else "zh",
            facts=facts,
            columns=columns,
            widths=(12, 7, 34, 34, 8),
            rows=[_ledger(one, told) for one in report["ledgers"]],
            foot=f"{made} · {by} · SHA-256 {hash_[:16]}…",
            notes=notes,
            mark=exports.mark(),
            more=_tables(report, told),
        )
    )


def _ledger(one: dict[str, Any], told: dict[str, str]) -> list[str]:
    known = one["checkpoint"]
    newest = f"{known['size']}: {known['sha256']}" if known else "—"
    return [told[one["bureau"]], str(one["size"]), one["root"], newest, said(one["state"], "federation")]


def _tables(report: dict[str, Any], told: dict[str, str]) -> list[paper.Table]:
    parts = report["ledgers"]
    whole = rules.total(one["whole"] for one in parts)
    found = [_rates(whole), _units(_("By bureau"), [(told[one["bureau"]], one["whole"]) for one in parts])]
    for one in parts:
        bureau, name = one["bureau"], told[one["bureau"]]
        with ledgers.of(bureau):
            places = {str(key): value for key, value in department_names().items()}
            people = names(person for person, _numbers in one["officers"])
        departments = [
            (places.get(str(key), _("in no department")), numbers) for key, numbers in one["departments"]
        ]
        officers = [(people.get(str(key), "—"), numbers) for key, numbers in one["officers"]]
        found.append(_units(_("%(bureau)s: departments") % {"bureau": name}, departments))
        found.append(_units(_("%(bureau)s: officers") % {"bureau": name}, officers))
    return [*found, _outcomes(whole), _procedures(parts)]


def _rates(whole: rules.Numbers) -> paper.Table:
    rows = []
    for rate in rules.RATES:
        share = rules.share(rate, whole)
        values = [percent(share.permille), f"{share.part} / {share.whole}"]
        rows.append([said(rate.code, "rate"), *values, said(rate.code, "formula")])
    columns = [_("Rate"), _("Value"), _("Part / whole"), _("Formula")]
    return paper.Table(_("Rates"), columns, (14, 16, 10, 60), rows)


def _units(title: str, lines: Sequence[tuple[str, rules.Numbers]]) -> paper.Table:
    columns = [_("Unit"), _("Recordings"), _("Hours"), _("Acts")]
    columns += [said(one.code, "rate") for one in rules.RATES]
    rows = [[name, *_unit(numbers)] for name, numbers in lines[:MOST_ROWS]]
    rights = range(1, len(columns))
    widths = (16, 7, 7, 7, *[9] * len(rules.RATES))
    return paper.Table(title, columns, widths, rows, rights)


def _unit(numbers: rules.Numbers) -> list[str]:
    rates = [rules.share(one, numbers) for one in rules.RATES]
    hours = rules.shown_hours(numbers)
    told = [str(numbers.get("recordings", 0)), hours, str(numbers.get("acts", 0))]
    return told + [f"{percent(one.permille)} ({one.part}/{one.whole})" if one.whole else "—" for one in rates]


def _outcomes(whole: rules.Numbers) -> paper.Table:
    rows = [[said(kind, "outcome"), str(whole.get(name, 0))] for kind, name in rules.OUTCOME_NUMBERS.items()]
    rows.append([_("Amount"), yuan(whole.get("fen", 0))])
    return paper.Table(_("Outcomes"), [_("Outcome"), _("Count")], (30, 12), rows, (1,))


def _procedures(parts: Sequence[dict[str, Any]]) -> paper.Table:
    counted: dict[str, list[rules.Numbers]] = {}
    for one in parts:
        for _class, procedure, numbers in one["procedures"]:
            counted.setdefault(procedure, []).append(numbers)
    columns = [_("Procedure"), _("Acts"), _("Outcomes"), *_act_rates()]
    rows = []
    for procedure in sorted(counted)[:MOST_ROWS]:
        numbers = rules.total(counted[procedure])
        told = [f"{percent(one.permille)} ({one.part}/{one.whole})" for one in _act_shares(numbers)]
        rows.append([procedure, str(numbers["acts"]), str(numbers["outcomes"]), *told])
    return paper.Table(_("By procedure"), columns, (10, 8, 8, *[13] * 4), rows, range(1, 7))


def _act_shares(numbers: rules.Numbers) -> list[rules.Share]:
    return [rules.share(one, numbers) for one in rules.RATES if one.whole in ("due", "acts")]


def _act_rates() -> list[str]:
    return [said(one.code, "rate") for one in rules.RATES if one.whole in ("due", "acts")]
