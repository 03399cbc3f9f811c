"""Codes of due tasks as people read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

POINTS = {
    "document": _("document number"),
    "taxpayer": _("taxpayer"),
    "procedure": _("procedure"),
    "officer": _("officer"),
    "time": _("time"),
    "day": _("day"),
    "place": _("place"),
    "nearest": _("began less near to the plan"),
    "taken": _("belongs to another task"),
    "nothing": _("nothing joins the two"),
    "corrected": _("a person said so"),
}
FILE_STATES = {
    "waiting": _("waiting to be checked"),
    "checking": _("being checked"),
    "checked": _("checked, nothing is entered yet"),
    "agreed": _("about to be entered"),
    "entering": _("being entered"),
    "entered": _("entered"),
    "failed": _("refused as a whole"),
    "dropped": _("given up"),
}
SOURCES = {"api": _("API"), "file": _("file")}
TABLES = {"match-point": POINTS, "task-file": FILE_STATES, "task-source": SOURCES}
