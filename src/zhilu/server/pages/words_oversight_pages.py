"""Codes of the pages of oversight as people read them."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

STAGES = {
    "none": _("not begun"),
    "pilot": _("pilot"),
    "all": _("everywhere"),
}
DUE_STATES = {
    "planned": _("still ahead, or under way"),
    "over": _("over, nothing has come in"),
    "missing": _("nothing was recorded"),
    "undescribed": _("recorded, not described"),
    "drill": _("only a drill was recorded"),
    "unmatched": _("not matched yet"),
    "recorded": _("recorded"),
    "excused": _("excused"),
    "pending": _("may still come in"),
    "not-due": _("not due"),
}
TABLES = {"stage": STAGES, "due-state": DUE_STATES}
