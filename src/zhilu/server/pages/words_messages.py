"""Words of messages and of e-mail."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

RHYTHMS = {
    "soon": _("soon: what came within half an hour in one mail"),
    "daily": _("once a day, at eight in the morning"),
}
ANSWERS = {
    "certificate": _("its certificate is not trusted, or another's"),
    "tls": _("TLS was not agreed on"),
    "slow": _("it does not answer in time"),
    "unsupported": _("it does not offer what is set up (TLS or sign-in)"),
    "no-such-host": _("its name is not known"),
    "refused-connection": _("nobody listens there"),
    "cut-off": _("it ended the conversation"),
    "password-open": _("the password file can be read by others"),
    "password-file": _("the password file cannot be read"),
    "auth-535": _("user or password is wrong"),
}
TABLES = {"mail-rhythm": RHYTHMS, "mail-answer": ANSWERS}
