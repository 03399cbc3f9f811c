"""The parts, in the order of the page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from zhilu.server.pages.services.held import asked, assessed, made, register, told, watched
from zhilu.server.pages.services.held.part import Part

AT, ENTRY, SINCE, UNTIL = (
    _("At"),
    _("Entry"),
    _("Since"),
    _("Until"),
)
RECORDING = _("Recording")
PARTS = {
    one.code: one
    for one in (
        Part(
            "person",
            _("Person, posts, rights"),
            _("As the ledger and the sign-in have you."),
            (_("What"), _("Which"), SINCE, UNTIL, ENTRY),
            register.person,
            register.of_person,
        ),
        Part(
            "training",
            _("Training"),
            _("Results that were recorded for you."),
            (
                _("Course"),
                _("Held on"),
                _("Valid to the end of"),
                _("Score"),
                _("State"),
                _("Note"),
                ENTRY,
            ),
            register.training,
            register.of_training,
        ),
        Part(
            "recorders",
            _("Recorders"),
            _("What was issued and assigned to you, and when."),
            (_("Serial number"), _("What"), SINCE, UNTIL, _("Bay"), ENTRY),
            register.recorders,
            register.of_recorders,
        ),
        Part(
            "recordings",
            _("Recordings"),
            _("Every recording that carries your name."),
            (
                _("Recorded"),
                _("Length"),
                _("Origin"),
                _("Department then"),
                _("State"),
                ENTRY,
            ),
            made.recordings,
            made.of_recordings,
        ),
        Part(
            "acts",
            _("Acts"),
            _("Every act that names you as an officer."),
            (
                _("Opened at"),
                _("Procedure"),
                _("Taxpayer"),
                _("Statement"),
                ENTRY,
            ),
            made.acts,
            made.of_acts,
        ),
        Part(
            "due",
            _("Due tasks"),
            _("Tasks that name you as an officer, and what came of each."),
            (_("Planned from"), _("To"), _("Procedure"), _("Taxpayer"), _("Place"), _("State"), ENTRY),
            asked.due,
            asked.of_due,
        ),
        Part(
            "questions",
            _("Asked of you"),
            _("Findings that you are asked about, for whom each waits, and until when."),
            (_("Day"), _("Finding"), _("Severity"), _("State"), _("Waits for"), ENTRY),
            asked.questions,
            asked.of_questions,
        ),
        Part(
            "reviewed",
            _("Reviews of your footage"),
            _("What reviewers said of your recordings."),
            (AT, RECORDING, _("Review"), _("Result"), _("Not met"), _("Comment"), ENTRY),
            asked.reviewed,
            asked.of_reviewed,
        ),
        Part(
            "sanctions",
            _("Sanctions"),
            _("Forms of fault liability that were decided about you."),
            (AT, _("Form"), _("How long"), _("Lifted"), ENTRY),
            asked.sanctions,
            asked.of_sanctions,
        ),
        Part(
            "points",
            _("Your points"),
            _("What was published of you in each month's assessment."),
            (_("Month"), _("Version"), _("Points"), _("Deducted"), _("Added"), _("Published"), ENTRY),
            assessed.points,
            assessed.of_points,
        ),
        Part(
            "objections",
            _("Your objections"),
            _("What you said against an assessment, and what was decided."),
            (AT, _("Month"), _("For what reason"), _("Decision"), _("Reason"), ENTRY),
            assessed.objections,
            assessed.of_objections,
        ),
        Part(
            "watched",
            _("Who watched your recordings"),
            _("Viewings and copies of your recordings that others asked for: who, when, what for."),
            (
                AT,
                _("Who"),
                _("Kind"),
                _("Purpose"),
                RECORDING,
                _("Decision"),
                _("Key released"),
                ENTRY,
            ),
            watched.watched,
            watched.of_watched,
        ),
        Part(
            "viewings",
            _("What you watched"),
            _("Viewings and copies that you asked for."),
            (
                AT,
                _("Kind"),
                _("Purpose"),
                _("Reason"),
                _("Decision"),
                _("Key released"),
                ENTRY,
            ),
            watched.viewings,
            watched.of_viewings,
        ),
        Part(
            "taken",
            _("Copies and screenshots"),
            _("Of your recordings, and those that you made of others."),
            (
                AT,
                _("What"),
                _("Who"),
                _("Purpose"),
                RECORDING,
                _("More"),
                ENTRY,
            ),
            watched.taken,
            watched.of_taken,
        ),
        Part(
            "findings",
            _("Missing or contradicted"),
            _("What was found missing or contradicted at your recordings."),
            (AT, _("Finding"), RECORDING, SINCE, UNTIL, ENTRY),
            made.findings,
            made.of_findings,
        ),
        Part(
            "messages",
            _("Messages"),
            _("What the platform told you."),
            (AT, _("Message"), _("More"), _("State")),
            told.messages,
            told.of_messages,
        ),
        Part(
            "mail",
            _("E-mail"),
            _("Where messages by e-mail go, and what the mail server last answered."),
            (_("Address"), _("Confirmed at"), _("Refused at"), _("Answer")),
            told.addresses,
            told.of_addresses,
        ),
    )
}
