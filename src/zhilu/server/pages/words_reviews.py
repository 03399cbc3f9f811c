"""Codes of draws and reviews of footage as people read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

DRAW_KINDS = {"random": _("random"), "targeted": _("targeted")}
CRITERIA = {
    "rule": _("a finding of this rule"),
    "officer": _("officer"),
    "procedure": _("procedure"),
    "class": _("class"),
}
DRAWN_STATES = {
    "open": _("to be reviewed"),
    "second": _("second review wanted"),
    "done": _("reviewed"),
}
ANSWERS = {"yes": _("yes"), "no": _("no"), "na": _("not applicable")}
WATCHES = {
    "to-ask": _("viewing not requested"),
    "asked": _("viewing requested"),
    "approved": _("may be watched"),
    "watched": _("released to you"),
}
RESULTS = {
    "passed": _("did pass"),
    "failed": _("did not pass"),
    "waits": _("did not pass, second review pending"),
}
DRAW_CODES = {
    "draw-list": _("The announced list is not what the ledger holds."),
    "draw-open": _("It was announced while another draw over the same recordings waited."),
    "draw-note": _("Its note is none."),
    "note": _("Its note is none."),
    "note-signature": _("The cosigner named in the announcement did not sign its note."),
    "draw-origin": _("Its note is of another ledger."),
    "draw-covered": _("Its note does not cover the announcement."),
    "draw-early": _("Its cosignature is older than the announced time."),
    "draw-seed": _("The seed is not the one that the cosignature gives."),
    "draw-chosen": _("Other recordings were taken than the seed gives."),
    "draw-first": _("It was not made from the first cosignature after the announced time."),
    "draw-cosigner": _("It was announced for another cosigner than this bureau."),
    "draw-overdue": _("It was not made in time, though its cosignature was given."),
    "draw-form": _("It is of no form that this release knows."),
}
TABLES = {
    "draw-kind": DRAW_KINDS,
    "criterion": CRITERIA,
    "drawn-state": DRAWN_STATES,
    "answer": ANSWERS,
    "watch": WATCHES,
    "review-result": RESULTS,
    "draw-code": DRAW_CODES,
}
