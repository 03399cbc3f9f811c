"""One's own address for messages by e-mail."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages as banners
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from zhilu.errors import CallerError
from zhilu.server.addresses import LONGEST
from zhilu.server.oversight.rules_mail import MOST_FAILURES, RHYTHMS
from zhilu.server.oversight.services import mail_addresses
from zhilu.server.pages.services.forms import said_of
from zhilu.server.pages.services.rights import person_of

LONGEST_CODE = 16


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """POST: an address is set, confirmed by its code, or taken away; or how often is changed."""
    error = ""
    if request.method == "POST":
        try:
            banners.success(request, _act(request))
            return redirect("mail")
        except CallerError as refusal:
            error = said_of(refusal)
    one = mail_addresses.of(person_of(request))
    context = {
        "is_set_up": settings.ZHILU.mail is not None,
        "one": one,
        "is_stopped": one is not None and one.failures >= MOST_FAILURES,
        "rhythms": RHYTHMS,
        "error": error,
        "asked": request.POST.get("address", "")[:LONGEST] if error else "",
    }
    return render(request, "pages/mail.html", context, status=400 if error else 200)


def _act(request: HttpRequest) -> str:
    """Do what the form says, and say what was done."""
    me, do = person_of(request), request.POST.get("do", "")
    rhythm = request.POST.get("rhythm", "")
    if do == "set":
        mail_addresses.ask(me, request.POST.get("address", "").strip(" "), rhythm)
        return _("A code is on its way to this address. Enter it here within half an hour.")
    if do == "confirm":
        mail_addresses.confirm(me, request.POST.get("code", "").replace(" ", "")[:LONGEST_CODE])
        return _("The address is confirmed.")
    if do == "rhythm":
        mail_addresses.set_rhythm(me, rhythm)
        return _("Saved.")
    if do == "remove":
        mail_addresses.remove(me)
        return _("The address is removed. Messages stand on the pages as before.")
    raise CallerError("do", "Choose what is to be done.")


urls = [path("account/mail", index, name="mail")]
