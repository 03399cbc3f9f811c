"""An audit as PDF: what the page shows, without pages, with who made it when and under which checkpoint."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from zhilu.server import paper
from zhilu.server.ledger.clock import now
from zhilu.server.ledger.services import proofs
from zhilu.server.organisation.services.people import bureau_name
from zhilu.server.pages.services import exports
from zhilu.server.pages.services.audit_lines import Line
from zhilu.server.pages.services.audits import Days
from zhilu.server.pages.templatetags.zhilu import beijing

WIDTHS = (18, 14, 18, 46, 16, 24)


def pdf(
    title: str, facts: Sequence[tuple[str, str]], days: Days, found: Sequence[Line], is_cut: bool, by: str
) -> bytes:
    made = beijing(now())
    told = [
        *facts,
        (_("Days"), f"{days.first} — {days.last}"),
        (_("Rows"), str(len(found))),
        (_("Made"), _("%(at)s by %(who)s") % {"at": made, "who": by}),
        (_("Checkpoint"), _checkpoint()),
    ]
    notes = [
        _("Cut: only the newest %(count)s rows are here. Choose fewer days.") % {"count": paper.MOST_ROWS}
    ]
    return paper.pdf(
        paper.Report(
            title=title,
            bureau=bureau_name(),
            lang="en" if (get_language() or "").startswith("en") else "zh",
            facts=told,
            columns=[_("At"), _("Who"), _("What"), _("More"), _("Place"), _("Proof")],
            widths=WIDTHS,
            rows=[_row(line) for line in found],
            foot=f"{made} · {by}",
            notes=notes if is_cut else [],
            mark=exports.mark(),
            empty=_("Nothing is here in these days."),
        )
    )


def _row(line: Line) -> list[str]:
    what = _("%(what)s (refused)") % {"what": line.what} if line.refused else line.what
    return [beijing(line.at), line.who, what, line.more, line.place, _proof(line)]


def _proof(line: Line) -> str:
    if line.index is None:
        return _("not yet in the ledger")
    told = _("entry %(index)s") if line.is_own else _("batch in entry %(index)s")
    return told % {"index": line.index} + f" · {line.proof[:16]}"


def _checkpoint() -> str:
    newest = proofs.newest()
    if newest is None:
        return _("none yet")
    return _("%(size)s entries, cosigned %(at)s, SHA-256 %(hash)s") % {
        "size": newest.size,
        "at": beijing(newest.cosigned_at) or "—",
        "hash": newest.sha256,
    }
