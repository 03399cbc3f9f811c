"""Rates and numbers as people read them; formulas are those of spec/statistics.md §2."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

RATES = {
    "use": _("Use"),
    "coverage": _("Coverage of what is due"),
    "timely": _("Collected in time"),
    "described": _("Described"),
    "linked": _("Linked"),
    "marked": _("Key moments marked"),
    "complete": _("Seven elements complete"),
    "confirmed": _("Confirmed by unit heads"),
    "sampled": _("Reviewed"),
    "passed": _("Passed"),
}
FORMULAS = {
    "use": _("recorders issued that have a recording begun in the period ÷ recorders issued"),
    "coverage": _(
        "due tasks of which a recording is there ÷ due tasks whose time is over or that are recorded, "
        "without those excused"
    ),
    "timely": _("recordings stored within 24 h after their end ÷ recordings collected from recorders"),
    "described": _("recordings that an act names ÷ recordings that are not set aside"),
    "linked": _("acts with a live link to a taxpayer, a document or a case ÷ acts"),
    "marked": _("recordings with a mark ÷ recordings collected from recorders"),
    "complete": _("acts whose newest statement has all seven elements ÷ acts"),
    "confirmed": _("acts whose newest statement a unit's head has confirmed ÷ acts"),
    "sampled": _("recordings reviewed ÷ recordings"),
    "passed": _("recordings that passed their review ÷ recordings reviewed"),
}
NUMBERS = {
    "recordings": _("Recordings"),
    "docked": _("Recordings collected from recorders"),
    "timely": _("Recordings collected in time"),
    "late": _("Recordings collected late"),
    "marked": _("Recordings with a mark"),
    "owed": _("Recordings that are not set aside"),
    "described": _("Recordings that an act names"),
    "reviewed": _("Recordings reviewed"),
    "passed": _("Recordings that passed their review"),
    "due": _("Due tasks that count"),
    "due_recorded": _("Due tasks with a recording"),
    "acts": _("Acts"),
    "complete": _("Acts with all seven elements"),
    "confirmed": _("Acts confirmed"),
    "linked": _("Acts with a link"),
    "linked_taxpayer": _("Acts linked to a taxpayer"),
    "linked_document": _("Acts linked to a document"),
    "linked_case": _("Acts linked to a case"),
}
CUTS = {"day": _("by day"), "week": _("by week"), "month": _("by month")}
TABLES = {"rate": RATES, "formula": FORMULAS, "number": NUMBERS, "cut": CUTS}
