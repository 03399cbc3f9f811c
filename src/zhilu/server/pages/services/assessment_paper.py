"""The assessment of a month on paper: what was published, and by which entry of the ledger."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhilu.server import paper
from zhilu.server.assessment import rules
from zhilu.server.ledger.clock import now
from zhilu.server.organisation.services.people import bureau_name, names, paths
from zhilu.server.pages.services import exports
from zhilu.server.pages.services.assessment_page import Month, Unit
from zhilu.server.pages.templatetags.zhilu import beijing, said

MOST_ROWS = 1_500


def place(told: tuple[int, int] | None) -> str:
    return "—" if told is None else f"{told[0]} / {told[1]}"


def pdf(month: Month, units: list[Unit], by: str, with_people: bool) -> bytes:
    made, rows = beijing(now()), month.rows() if with_people else []
    shown = month.publication
    facts = [(_("Month"), rules.said(month.month)), (_("Scheme"), _version(month.scheme))]
    if shown:
        who = names([shown.by]).get(shown.by, shown.by[:8])
        told = {"version": shown.version, "at": beijing(shown.at), "who": who}
        facts += [
            (_("Published"), _("version %(version)s, %(at)s by %(who)s") % told),
            (_("For what reason"), said(shown.reason, "published-for")),
            (_("Entry in the ledger"), str(shown.entry)),
        ]
    facts += [
        (_("Points of the bureau"), month.points),
        (_("People assessed"), str(month.persons)),
        (_("Made"), _("%(at)s by %(who)s") % {"at": made, "who": by}),
    ]
    notes = [] if shown else [_("PREVIEW: not published. It changes with every decision.")]
    if shown and shown.differs:
        notes.append(_("The ledger gives other points than these: do not rely on them."))
    if len(rows) > MOST_ROWS:
        notes.append(_("Only the first %(count)s people are here.") % {"count": MOST_ROWS})
    places = paths()
    people = [
        [places.get(one.department, ""), one.name, one.points, one.taken, one.added]
        for one in rows[:MOST_ROWS]
    ]
    people.sort(key=lambda row: row[0])
    return paper.pdf(
        paper.Report(
            title=_("Assessment"),
            bureau=bureau_name(),
            lang="en" if (get_language() or "").startswith("en") else "zh",
            facts=facts,
            columns=[_("Department"), _("Points"), _("People"), _("Place among those of like size")],
            widths=(40, 12, 12, 20),
            rows=[[one.name, one.points, str(one.persons), place(one.place)] for one in units],
            foot=f"{made} · {by}",
            notes=notes,
            mark=exports.mark(),
            more=[
                paper.Table(
                    _("People"),
                    [_("Department"), _("Officer"), _("Points"), _("Deducted"), _("Added")],
                    (36, 20, 10, 10, 10),
                    people,
                    (2, 3, 4),
                )
            ]
            if people
            else [],
        )
    )


def _version(number: int) -> str:
    return _("version %(number)s") % {"number": number} if number else _("built in")
