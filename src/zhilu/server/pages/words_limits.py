"""Words for limits (spec/oversight.md §1, spec/answers.md §2)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

LIMITS = {
    "edge_s": _("beginning or end of an act that may lack, in seconds"),
    "gap_s": _("longest break that needs no explanation, in seconds"),
    "black_s": _("longest stretch without picture, in seconds"),
    "silent_s": _("longest stretch without sound, in seconds"),
    "clock_s": _("offset of a recorder's clock, in seconds"),
    "upload_h": _("until a recording is collected, in hours of duty"),
    "state_days": _("until the statement is whole, in workdays"),
    "link_days": _("until the links are made, in workdays"),
    "keep_days": _("until retention is lengthened, in workdays"),
    "bare_s": _("least length of what was recorded and not described, in seconds"),
    "boot_s": _("shortest power-on that counts, in seconds"),
    "officer_check_least": _("weakest check of the officer"),
    "match_days": _("between a plan and its act, in days"),
    "burst_count": _("recordings that one person may be released within a short time"),
    "burst_s": _("that short time, in seconds"),
    "explain_days": _("to explain a finding, in workdays"),
    "head_days": _("for the unit head to decide, in workdays"),
    "supervisor_days": _("for the supervisor to conclude, in workdays"),
    "appeal_days": _("to appeal, in workdays"),
    "appeal_decide_days": _("to decide an appeal, in workdays"),
}
TABLES = {"limit": LIMITS}
