"""Codes of links and outcomes as people read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

LINKS = {"taxpayer": _("Taxpayer number"), "document": _("Document number"), "case": _("Case number")}
ASIDE = {
    "no-enforcement": _("Nothing was enforced in it"),
    "accidental": _("Recorded by mistake"),
    "device-test": _("Test of the recorder"),
    "training": _("Training without an assignment for a drill"),
    "other": _("Other"),
}
KEEP_REASONS = {
    "evidence": _("It is evidence"),
    "case-filed": _("A case was filed"),
    "dispute": _("The taxpayer disputes what was done"),
    "complaint": _("A complaint"),
    "litigation": _("Review or lawsuit"),
    "other": _("Other"),
}
LINK_SOURCES = {"officer": _("entered here"), "api": _("from another system")}
LINK_ENDS = {
    "wrong-act": _("It belongs to another act"),
    "wrong-number": _("The number is wrong"),
    "repeated": _("It is there twice"),
    "other": _("Other"),
}
OUTCOMES = {
    "quota-adjusted": _("Quota adjusted"),
    "relief-cancelled": _("Relief qualification cancelled"),
    "off-book-found": _("Off-book income found"),
    "tax-collected": _("Tax collected"),
    "dispute-settled": _("Dispute settled"),
    "disturbance-handled": _("Disturbance handled"),
    "documents-served": _("Documents served"),
    "other": _("Other"),
}
OUTCOME_ENDS = {
    "wrong-act": _("It belongs to another act"),
    "wrong-kind": _("The kind is wrong"),
    "wrong-amount": _("The amount is wrong"),
    "revoked": _("It was revoked later"),
    "repeated": _("It is there twice"),
    "other": _("Other"),
}
VIEWING_KINDS = {
    "view": _("viewing"),
    "urgent": _("urgent viewing"),
    "copy": _("copy"),
    "city": _("viewing by the city"),
}
VIEWING_STATES = {
    "waiting": _("waits for a decision"),
    "half": _("approved by one, a second is needed"),
    "open": _("approved"),
    "unused": _("ended, never used"),
    "used": _("ended"),
    "refused": _("refused"),
    "lapsed": _("lapsed undecided"),
}
VIEWING_REPORTS = {
    "owed": _("report owed"),
    "overdue": _("report overdue"),
    "filed": _("report filed"),
}
ELEMENT_HINTS = {
    "time": _("When it began and ended. The recording gives it."),
    "place": _("Address or premises. Where there was a fix, the way of the recorder shows it."),
    "persons": _("The officers, the taxpayer, and whoever else was present, each by name."),
    "event": _("What was done: the procedure, and the document served or read."),
    "cause": _("What led to it: the task, the case, a report, a complaint."),
    "course": _("What happened, in its order, from arrival to end; breaks, with their reason."),
    "result": _("How it ended: served, signed, agreed, refused, and what follows."),
}
TABLES = {
    "viewing-kind": VIEWING_KINDS,
    "viewing-state": VIEWING_STATES,
    "viewing-report": VIEWING_REPORTS,
    "element-hint": ELEMENT_HINTS,
    "aside": ASIDE,
    "keep-reason": KEEP_REASONS,
    "link": LINKS,
    "link-source": LINK_SOURCES,
    "link-end": LINK_ENDS,
    "outcome": OUTCOMES,
    "outcome-end": OUTCOME_ENDS,
}
