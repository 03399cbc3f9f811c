"""The bureau's root certificate and its list of revoked ones: until when do they count?"""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from django.conf import settings
from django.utils.translation import gettext as _

from zhilu.server.pages.services.health.finding import ATTENTION, BAD, GOOD, Finding, below, worst
from zhilu.server.pages.templatetags.zhilu import beijing

DAY_S = 86_400


def check(at: datetime) -> Finding:
    title = _("Root certificate and revocation list")
    try:
        root = x509.load_pem_x509_certificate(settings.ZHILU.root.read_bytes())
    except (OSError, ValueError):
        says = _("The bureau's root certificate is not in the server's folder: none can be checked.")
        return Finding(ATTENTION, title, says, _("Copy root.pem there from where `zhilu pki` keeps it."))
    try:
        listed = x509.load_pem_x509_crl(settings.ZHILU.crl.read_bytes())
    except (OSError, ValueError):
        says = _("There is no revocation list: stations cannot know which certificates were taken back.")
        return Finding(ATTENTION, title, says, _("Make one with `zhilu pki revoke` and copy crl.pem here."))
    next_one = listed.next_update_utc
    state = worst(
        [
            below((root.not_valid_after_utc - at).total_seconds(), 365 * DAY_S, 0),
            below((next_one - at).total_seconds(), 7 * DAY_S, 0) if next_one else GOOD,
        ]
    )
    says = _("The root counts until %(root)s, the revocation list until %(list)s.") % {
        "root": beijing(root.not_valid_after_utc),
        "list": beijing(next_one) or _("further notice"),
    }
    todo = _("Make the next in time, with `zhilu pki`: after it recorders and stations no longer talk.")
    return Finding(state, title, says, todo if state in (ATTENTION, BAD) else "")
