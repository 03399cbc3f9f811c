"""Words for findings, explanations, sanctions and appeals (spec/answers.md)."""

from __future__ import annotations

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from zhilu.server.oversight.findings.every import RULES

RULE_NAMES = {
    "missing": _("due, not recorded"),
    "drill-over-task": _("a drill in place of a due recording"),
    "late": _("collected late"),
    "starts-late": _("recording starts late"),
    "ends-early": _("recording ends early"),
    "gap": _("break without explanation"),
    "black-or-silent": _("black or silent"),
    "incomplete": _("elements incomplete"),
    "too-few-officers": _("too few officers"),
    "not-linked": _("not linked in time"),
    "clock-off": _("clock out of limit"),
    "mark-missing": _("key moment not marked"),
    "boot-without-recording": _("on without recording"),
    "weak-check": _("weak check of the officer"),
    "clearing-refused": _("clearing refused"),
    "wrong-officer": _("wrong officer"),
    "viewing-unused": _("approved viewing not used"),
    "viewing-burst": _("burst of viewings"),
    "retention-not-lengthened": _("retention not lengthened"),
}
SEVERITIES = {
    "remind": _("reminder"),
    "minor": _("minor"),
    "serious": _("serious"),
    "refer": _("grave: to be referred"),
}
STATES = {
    "open": _("not explained"),
    "explained": _("explained"),
    "answered": _("answered by the unit"),
    "concluded": _("concluded"),
    "cleared": _("cleared by facts"),
}
CONCLUSIONS = {
    "no-fault": _("no fault"),
    "excused": _("excused"),
    "fault": _("at fault"),
    "referred": _("referred"),
}
EXEMPTIONS = {
    "approved-reason": _("an approved reason: the explanation stands"),
    "superior-order": _("order of a superior"),
    "unclear-law": _("unclear law"),
    "recorded-dissent": _("recorded dissent"),
    "force-majeure": _("force majeure"),
}
SUBJECTS = {
    "task": _("due task"),
    "act": _("act"),
    "recording": _("recording"),
    "boot": _("power-on"),
    "docking": _("docking"),
    "viewing": _("viewing"),
    "viewer-day": _("viewings of a day"),
}
KINDS = {
    "not-recorded": _("not recorded"),
    "interrupted": _("interrupted"),
    "reassigned": _("given to another officer"),
    "other": _("other"),
}
REASONS = {
    "state-secret": _("state secret"),
    "trade-secret": _("trade secret"),
    "privacy": _("personal privacy"),
    "emergency": _("emergency"),
    "impossible": _("objectively impossible"),
    "device-fault": _("device fault"),
    "other": _("other"),
}
DECISIONS = {"accepted": _("accepted"), "refused": _("turned down"), "confirmed": _("confirmed")}
FORMS = {
    "criticism": _("criticism and education"),
    "self-criticism": _("written self-criticism"),
    "circulated": _("circulated criticism"),
    "suspension": _("suspension from post"),
    "disqualification": _("loss of enforcement qualification"),
}
OUTCOMES = {
    "upheld": _("upheld"),
    "sanction-lifted": _("sanction lifted, the fault stands"),
    "lifted": _("lifted, with the fault"),
}
WAITS = {
    "explain": _("the person explains"),
    "head": _("the unit head decides"),
    "supervisor": _("a supervisor concludes"),
    "confirm": _("a supervisor confirms"),
    "leader": _("a leader refers it, or finds no fault"),
    "appeal": _("a leader decides the appeal"),
}
CLEARED = {
    "not-shown": _("the facts no longer show it"),
    "explained": _("an approved explanation takes it away"),
    "task-changed": _("its task was changed or withdrawn afterwards"),
    "act-changed": _("its act or statement was corrected afterwards"),
    "match-corrected": _("somebody corrected afterwards what it belongs to"),
}
WORDS = {
    "black": _("no picture"),
    "silent": _("no sound"),
    "taxpayer": _("taxpayer missing"),
    "document": _("document missing"),
    "procedure": _("no act names it"),
    "task": _("others than its task names"),
    "recording": _("recorded by others"),
}
STEPS = {
    "raised": _("Found"),
    "cleared": _("Cleared by facts"),
    "explained": _("Explained"),
    "decided": _("Decided by the unit head"),
    "confirmed": _("Confirmed by a supervisor"),
    "concluded": _("Concluded"),
    "referred": _("Referred to discipline"),
    "sanctioned": _("Sanctioned"),
    "appealed": _("Appealed"),
    "appeal-decided": _("Appeal decided"),
}
TABLES = {
    "rule": RULE_NAMES,
    "severity": SEVERITIES,
    "finding-state": STATES,
    "conclusion": CONCLUSIONS,
    "exemption": EXEMPTIONS,
    "finding-subject": SUBJECTS,
    "explanation-kind": KINDS,
    "explanation-reason": REASONS,
    "explanation-answer": DECISIONS,
    "sanction-form": FORMS,
    "appeal-outcome": OUTCOMES,
    "waits": WAITS,
    "finding-cleared": CLEARED,
    "finding-word": WORDS,
    "answer-step": STEPS,
}


def says(rule: str, version: int) -> str:
    """A rule's own text; of a rule that a later release has, its code."""
    found = next((one for one in RULES if (one.code, one.version) == (rule, version)), None)
    if found is None:
        return rule
    return found.en if (get_language() or "").startswith("en") else found.zh
