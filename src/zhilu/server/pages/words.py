"""Codes as people read them. English msgids; the Chinese is in the catalogue."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhilu.server.pages import (
    words_absence,
    words_acts,
    words_answers,
    words_assessment,
    words_equipment,
    words_federation,
    words_ledger,
    words_limits,
    words_messages,
    words_oversight_pages,
    words_reviews,
    words_statistics,
    words_tasks,
)

ORIGINS = {
    "camera": _("captured by camera"),
    "rtsp": _("captured by network camera"),
    "file": _("from a file, not captured"),
    "test": _("test picture, not captured"),
    "import": _("sealed at import"),
}
OFFICER_CHECKS = {
    "key": _("security key of the officer (fingerprint or PIN)"),
    "fprintd": _("fingerprint at the station"),
    "fprintd+key": _("fingerprint at the station and security key"),
    "none": _("none: only the station signed"),
}
CLOSED_BY = {
    "recording-closed": _("closed by the recorder"),
    "recovered": _("recovered after power was lost"),
    "import": _("the file's own end"),
}
ROLES = {
    "officer": _("enforcement officer"),
    "unit-head": _("head of a unit"),
    "viewer": _("viewer"),
    "approver": _("approver"),
    "leader": _("bureau leader"),
    "supervisor": _("supervisor"),
    "legal-editor": _("legal editor"),
    "trainer": _("trainer"),
    "equipment-keeper": _("equipment keeper"),
    "security-administrator": _("security administrator"),
    "system-administrator": _("system administrator"),
    "audit-administrator": _("audit administrator"),
}
ROLE_MAY = {
    "officer": _("Can open acts, write statements, see recordings of his own, and be issued a recorder."),
    "unit-head": _("Can see the acts and recordings of these departments, and hand this role on."),
    "viewer": _("Can see the acts and recordings of these departments, and ask to watch."),
    "approver": _("Can decide who watches recordings of these departments, and hand this role on."),
    "leader": _("Can decide about copies and about viewings for outsiders too, and hand this role on."),
    "supervisor": _("Can enter due tasks of these departments, conclude what was found, review, and assess."),
    "legal-editor": _("Can change the catalogue, the rollout plan and the regulations."),
    "trainer": _("Can set courses and record results of training."),
    "equipment-keeper": _("Can register, issue, take back and assign the equipment of these departments."),
    "security-administrator": _("Can grant and withdraw roles, hold the review and set the calendar."),
    "system-administrator": _("Can enter people, departments, logins and devices."),
    "audit-administrator": _("Can read all logs and enters nothing."),
}
TIERS = {"inventoried": _("inventoried"), "selected": _("selected"), "priority": _("priority")}
ELEMENTS = {
    "time": _("Time"),
    "place": _("Place"),
    "persons": _("Persons"),
    "event": _("Event"),
    "cause": _("Cause"),
    "course": _("Course"),
    "result": _("Result"),
}
SOURCE_STATES = {
    "sound": _("whole"),
    "truncated": _("cut short: bytes are missing at its end; kept as it is"),
    "unreadable": _("unreadable: neither picture nor sound was found; kept as it is"),
}
PURPOSES = {
    "dispute": _("Dispute with a taxpayer"),
    "review": _("Review of footage"),
    "complaint": _("Complaint or report"),
    "case": _("Investigation of a case"),
    "training": _("Training"),
    "technical": _("Technical check"),
    "taxpayer-present": _("Shown with the taxpayer present"),
    "taxpayer-request": _("Asked for by the taxpayer"),
    "court": _("For a court"),
    "discipline": _("For discipline inspection"),
    "publicity": _("For publicity or outside training"),
}
"""In the words of the viewing room."""
FACTORS = {"app": _("app with codes"), "key": _("security key")}
LOGINS = {
    "none": _("no login"),
    "active": _("active"),
    "one-time": _("one-time password"),
    "locked": _("locked after failures"),
    "disabled": _("disabled"),
}
ACCOUNT_CHANGES = {
    "created": _("made"),
    "disabled": _("disabled"),
    "enabled": _("enabled"),
    "password-reset": _("password reset"),
    "factor-added": _("second factor added"),
    "factor-removed": _("second factor removed"),
    "sessions-ended": _("signed out elsewhere"),
}
TONES = {"late": _("Late"), "wrong": _("Look at this"), "waits": _("Waiting"), "known": _("Good to know")}
COURSE_KINDS = {
    "conduct": _("enforcement conduct"),
    "recorder": _("use of the recorder"),
    "drill": _("staged drill"),
}
WHYS = {
    "here": _("granted there"),
    "above": _("granted for a department above"),
    "bureau": _("for the whole bureau"),
    "delegated": _("handed on by"),
}
LINES = {
    "enrolled": _("enrolled"),
    "boot": _("switched on"),
    "recording-opened": _("recording begun"),
    "recording-closed": _("recording ended"),
    "recovered": _("recording recovered"),
    "not-recording": _("did not record"),
    "shutdown": _("switched off"),
    "docked": _("docked"),
    "assigned": _("assigned"),
    "trust-changed": _("trust changed"),
    "cleared": _("recording erased on a receipt"),
    "clearing-refused": _("receipt refused, nothing erased"),
    "clock-set": _("clock set"),
    "battery": _("battery"),
    "storage": _("storage"),
    "fault": _("fault"),
}
DEPARTMENT_KINDS = {
    "collection": _("tax collection"),
    "administration": _("tax administration"),
    "monitoring": _("monitoring"),
    "inspection": _("inspection"),
    "legal": _("legal affairs"),
    "leadership": _("leadership"),
    "support": _("support"),
    "other": _("other"),
}
RANKS = {
    "officer": _("staff"),
    "deputy-head": _("deputy head"),
    "head": _("head"),
    "leader": _("leader of the bureau"),
}
LEAVING = {
    "transfer": _("transfer"),
    "retired": _("retired from the service"),
    "left": _("left the service"),
    "correction": _("entered by mistake"),
}
HANDED = {"now": _("counts now"), "later": _("begins later"), "over": _("over")}
DAY_KINDS = {"holiday": _("holiday"), "workday": _("workday")}
FITNESS = {"fit": _("fit"), "ending": _("ends in 30 days"), "unfit": _("not fit")}
PHASES = {
    "empty": _("empty"),
    "greeting": _("being greeted"),
    "waiting-officer": _("waits for the officer"),
    "collecting": _("collecting"),
    "uploading": _("uploading"),
    "stored": _("stored"),
    "safe-to-take": _("may be taken"),
    "cleared": _("cleared"),
    "refused": _("refused"),
    "fault": _("fault"),
}
TABLES = {
    **words_acts.TABLES,
    **words_limits.TABLES,
    **words_answers.TABLES,
    **words_assessment.TABLES,
    **words_equipment.TABLES,
    **words_ledger.TABLES,
    **words_federation.TABLES,
    **words_statistics.TABLES,
    **words_absence.TABLES,
    **words_messages.TABLES,
    **words_oversight_pages.TABLES,
    **words_reviews.TABLES,
    **words_tasks.TABLES,
    "phase": PHASES,
    "fitness": FITNESS,
    "department-kind": DEPARTMENT_KINDS,
    "rank": RANKS,
    "leaving": LEAVING,
    "handed": HANDED,
    "day-kind": DAY_KINDS,
    "line": LINES,
    "why": WHYS,
    "course-kind": COURSE_KINDS,
    "tone": TONES,
    "factor": FACTORS,
    "login": LOGINS,
    "account-change": ACCOUNT_CHANGES,
    "origin": ORIGINS,
    "officer-check": OFFICER_CHECKS,
    "closed-by": CLOSED_BY,
    "role": ROLES,
    "source-state": SOURCE_STATES,
    "tier": TIERS,
    "element": ELEMENTS,
    "purpose": PURPOSES,
}
