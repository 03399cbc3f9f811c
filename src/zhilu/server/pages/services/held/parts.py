"""The parts, in the order of the page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from zhilu.server.pages.services.held import made, register, watched
from zhilu.server.pages.services.held.part import Part

AT, ENTRY, SINCE, UNTIL = (
    gettext_lazy("At"),
    gettext_lazy("Entry"),
    gettext_lazy("Since"),
    gettext_lazy("Until"),
)
RECORDING = gettext_lazy("Recording")
PARTS = {
    one.code: one
    for one in (
        Part(
            "person",
            gettext_lazy("Person, posts, rights"),
            gettext_lazy("As the ledger and the sign-in have you."),
            (gettext_lazy("What"), gettext_lazy("Which"), SINCE, UNTIL, ENTRY),
            register.person,
            register.of_person,
        ),
        Part(
            "training",
            gettext_lazy("Training"),
            gettext_lazy("Results that were recorded for you."),
            (
                gettext_lazy("Course"),
                gettext_lazy("Held on"),
                gettext_lazy("Valid to the end of"),
                gettext_lazy("Score"),
                gettext_lazy("State"),
                gettext_lazy("Note"),
                ENTRY,
            ),
            register.training,
            register.of_training,
        ),
        Part(
            "recorders",
            gettext_lazy("Recorders"),
            gettext_lazy("What was issued and assigned to you, and when."),
            (gettext_lazy("Serial number"), gettext_lazy("What"), SINCE, UNTIL, gettext_lazy("Bay"), ENTRY),
            register.recorders,
            register.of_recorders,
        ),
        Part(
            "recordings",
            gettext_lazy("Recordings"),
            gettext_lazy("Every recording that carries your name."),
            (
                gettext_lazy("Recorded"),
                gettext_lazy("Length"),
                gettext_lazy("Origin"),
                gettext_lazy("Department then"),
                gettext_lazy("State"),
                ENTRY,
            ),
            made.recordings,
            made.of_recordings,
        ),
        Part(
            "acts",
            gettext_lazy("Acts"),
            gettext_lazy("Every act that names you as an officer."),
            (
                gettext_lazy("Opened at"),
                gettext_lazy("Procedure"),
                gettext_lazy("Taxpayer"),
                gettext_lazy("Statement"),
                ENTRY,
            ),
            made.acts,
            made.of_acts,
        ),
        Part(
            "watched",
            gettext_lazy("Who watched your recordings"),
            gettext_lazy(
                "Viewings and copies of your recordings that others asked for: who, when, what for."
            ),
            (
                AT,
                gettext_lazy("Who"),
                gettext_lazy("Kind"),
                gettext_lazy("Purpose"),
                RECORDING,
                gettext_lazy("Decision"),
                gettext_lazy("Key released"),
                ENTRY,
            ),
            watched.watched,
            watched.of_watched,
        ),
        Part(
            "viewings",
            gettext_lazy("What you watched"),
            gettext_lazy("Viewings and copies that you asked for."),
            (
                AT,
                gettext_lazy("Kind"),
                gettext_lazy("Purpose"),
                gettext_lazy("Reason"),
                gettext_lazy("Decision"),
                gettext_lazy("Key released"),
                ENTRY,
            ),
            watched.viewings,
            watched.of_viewings,
        ),
        Part(
            "taken",
            gettext_lazy("Copies and screenshots"),
            gettext_lazy("Of your recordings, and those that you made of others."),
            (
                AT,
                gettext_lazy("What"),
                gettext_lazy("Who"),
                gettext_lazy("Purpose"),
                RECORDING,
                gettext_lazy("More"),
                ENTRY,
            ),
            watched.taken,
            watched.of_taken,
        ),
        Part(
            "findings",
            gettext_lazy("Findings"),
            gettext_lazy("What was found missing or contradicted at your recordings."),
            (AT, gettext_lazy("Finding"), RECORDING, SINCE, UNTIL, ENTRY),
            made.findings,
            made.of_findings,
        ),
    )
}
