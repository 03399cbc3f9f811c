"""Does e-mail go out? By what the worker wrote down; nothing is asked of the mail server here."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from zhilu.server.oversight.models import Mail, MailAddress, MailServer
from zhilu.server.pages.services.health.finding import ATTENTION, BAD, GOOD, Finding, ago
from zhilu.server.pages.templatetags.zhilu import said

LONG_AWAY, REMEMBERED = timedelta(hours=4), timedelta(days=30)


def check(at: datetime) -> Finding:
    title = _("E-mail")
    if settings.ZHILU.mail is None:
        return Finding(GOOD, title, _("No mail server is set up: messages stand on the pages alone."))
    server = MailServer.objects.first()
    if server and server.away_since:
        why = said(server.away, "mail-answer")
        says = _("The mail server has taken nothing for %(ago)s: %(why)s.")
        todo = _("Look at section mail of server.toml and at the mail server (docs/operate/messages.md).")
        state = BAD if at - server.away_since > LONG_AWAY else ATTENTION
        return Finding(state, title, says % {"ago": ago(server.away_since, at), "why": why}, todo)
    refused = MailAddress.objects.filter(failed_at__gte=at - REMEMBERED).count()
    waiting = Mail.objects.filter(sent_at=None, given_up_at=None).count()
    told = (
        _("Sent last: %(ago)s ago.") % {"ago": ago(server.sent_at, at)} if server and server.sent_at else ""
    )
    says = " ".join(part for part in (told, _("%(count)s wait.") % {"count": waiting}) if part)
    if refused:
        says += " " + _("Addresses that the mail server refused: %(count)s.") % {"count": refused}
        todo = _("Their owners see it under My account and can enter another.")
        return Finding(ATTENTION, title, says, todo)
    return Finding(GOOD, title, says)
