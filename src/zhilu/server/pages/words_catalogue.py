"""The catalogue's codes as people read them."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.server.pages.words import TIERS

FIELDS = {
    "code": gettext_lazy("Code"),
    "class": gettext_lazy("Class"),
    "tier": gettext_lazy("Tier"),
    "min_officers": gettext_lazy("Officers at least"),
    "marks": gettext_lazy("Marks at least"),
    "department": gettext_lazy("Line of work"),
    "group": gettext_lazy("Group"),
    "name": gettext_lazy("Name"),
    "start": gettext_lazy("Begin"),
    "content": gettext_lazy("Content"),
    "end": gettext_lazy("End"),
    "retention": gettext_lazy("Kept for"),
    "script": gettext_lazy("To be spoken"),
    "text": gettext_lazy("Text"),
}
PARTS = {
    "procedures": gettext_lazy("Procedure"),
    "classes": gettext_lazy("Class"),
    "scripts": gettext_lazy("Spoken text"),
}
HOW = {
    "added": gettext_lazy("added"),
    "retired": gettext_lazy("retired"),
    "changed": gettext_lazy("changed"),
}
DECISIONS = {
    "": gettext_lazy("waits for a decision"),
    "adopted": gettext_lazy("adopted"),
    "declined": gettext_lazy("declined"),
}
KEPT = {"case": gettext_lazy("with the case file"), "permanent": gettext_lazy("permanently")}


def kept_for(retention: str) -> str:
    """`days-180` in words; what is none stays as it stands."""
    found = re.match(r"(days|years)-(\d+)\Z", retention)
    if found is None:
        return str(KEPT.get(retention, retention))
    count = int(found[2])
    if found[1] == "days":
        return _("%(count)d days") % {"count": count}
    return _("1 year") if count == 1 else _("%(count)d years") % {"count": count}


def in_words(field: str, value: Any) -> str:
    """A field of a procedure as a page shows it."""
    if value is None or value == "":
        return _("none") if field == "script" else ""
    if field == "tier":
        return str(TIERS.get(value, value))
    return kept_for(value) if field == "retention" else str(value)
