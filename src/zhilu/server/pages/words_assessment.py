"""Codes of assessment as people read them (spec/assessment.md)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhilu.server.pages.words_answers import RULE_NAMES

GROUNDS = RULE_NAMES | {
    "late-72": _("collected over 72 hours late"),
    "conduct": _("conduct found by review"),
    "dispute-settled": _("dispute settled, shown by the recording"),
    "disturbance-handled": _("disturbance handled, shown by the recording"),
    "off-book-found": _("off-book books or goods found, shown by the recording"),
}
REASONS = {
    "first": _("first publication"),
    "objection": _("corrected after an objection"),
    "appeal": _("corrected after an appeal"),
}
DECISIONS = {"": _("to be decided"), "upheld": _("granted"), "refused": _("dismissed")}
STATES = {
    "published": _("published"),
    "over": _("over, not published"),
    "running": _("running"),
}
WRONG = {
    "assessment-differs": _("the ledger gives other points"),
    "assessment-early": _("published before the month was over"),
    "assessment-scope": _("published by somebody who may not"),
    "assessment-version": _("its version does not follow"),
    "assessment-cause": _("corrected without a cause"),
    "assessment-reason": _("its reason is none"),
    "assessment-parts": _("not all of it was published"),
    "assessment-form": _("not formed as demanded"),
    "assessment-twice": _("names somebody twice"),
    "assessment-empty": _("names nobody"),
}
PROOFS = {"finding": _("finding"), "recording": _("recording"), "act": _("act")}
TABLES = {
    "assessment-proof": PROOFS,
    "ground": GROUNDS,
    "published-for": REASONS,
    "objection": DECISIONS,
    "assessment-state": STATES,
    "assessment-wrong": WRONG,
}
