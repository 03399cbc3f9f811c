"""One's own login: password, second factors, browsers that are signed in."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.errors import CallerError
from zhilu.server.organisation import rules_login as rules
from zhilu.server.organisation.models import User
from zhilu.server.organisation.services import accounts, factors, sessions
from zhilu.server.pages.first_things import first_thing
from zhilu.server.pages.services import logins, signing_in
from zhilu.server.pages.services.forms import said_of
from zhilu.server.pages.services.rights import person_of

BEGUN = "begun-app"


def me(request: HttpRequest) -> User:
    return User.objects.get(person=person_of(request))


@require_safe
@login_required
def index(request: HttpRequest) -> HttpResponse:
    user, keyholder = me(request), settings.ZHILU.keyholder
    context = {
        "room": keyholder.room if keyholder else "",
        "held": user.factors.order_by("added"),
        "password_set": user.password_set,
        "password_until": user.password_set + rules.MOST_AGE,
        "browsers": sessions.live().filter(user=user).count(),
        "history": logins.history(user.person),
    }
    return render(request, "pages/account.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@login_required
def password(request: HttpRequest) -> HttpResponse:
    user, errors = me(request), {}
    if request.method == "POST":
        errors = _change(request, user)
        if not errors:
            messages.success(request, _("The password is changed."))
            return redirect("home")
    why = ("one-time" if user.one_time else "old") if accounts.must_change(user) else ""
    context = {"errors": errors, "why": why, "labels": _labels(), "rules": _password_rules()}
    return render(request, "pages/password.html", context, status=400 if errors else 200)


def _change(request: HttpRequest, user: User) -> dict[str, str]:
    """What was wrong, by field; nothing when it is done."""
    old, new, again = (request.POST.get(name, "")[:200] for name in ("old", "new", "again"))
    if new != again:
        return {"again": _("The two are not the same.")}
    try:
        accounts.change_password(user, old, new, request.session.session_key)
    except CallerError as error:
        return {"old" if error.code == "password-wrong" else "new": said_of(error)}
    update_session_auth_hash(request, user)
    return {}


def _labels() -> dict[str, str]:
    return {"old": _("Present password"), "new": _("New password"), "again": _("New password once more")}


def _password_rules() -> str:
    return _(
        "At least 8 characters, of three of these kinds: a-z, A-Z, 0-9, others. Not the user name, "
        "none of your last five. It lasts 90 days."
    )


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@login_required
def second_factors(request: HttpRequest) -> HttpResponse:
    user, error, sure = me(request), "", None
    is_first = first_thing(request) == "factors"
    if request.method == "POST":
        try:
            sure = _act(request, user, is_first)
            if sure is None:
                messages.success(request, _("The second factor is changed."))
                return redirect("home" if is_first else "factors")
        except CallerError as refusal:
            error = said_of(refusal)
    return _factors_page(request, user, is_first, error, sure)


def _act(request: HttpRequest, user: User, is_first: bool) -> str | None:
    """Do what the form says. An id: ask once more before that factor is removed."""
    by = factors.Opened(request.session.get("factor", ""), request.session.session_key)
    do, asked = request.POST.get("do", ""), signing_in.take_challenge(request)
    if do == "remove" and "password" not in request.POST:
        return request.POST.get("factor", "")[:64]
    if not is_first and not accounts.is_password(user, request.POST.get("password", "")[:200]):
        raise CallerError("password-wrong", "The present password is wrong, or the account is locked.")
    if do == "remove":
        must_stay = settings.ZHILU.second_factor == "required"
        factors.remove(user, request.POST.get("factor", ""), by, must_stay=must_stay)
        return None
    name = "".join(filter(str.isprintable, request.POST.get("name", ""))).strip()[:40] or user.username
    if do == "app" and BEGUN in request.session:
        code = request.POST.get("code", "").replace(" ", "")[:16]
        made = factors.add_app(user, request.session[BEGUN], code, name, by)
    elif do == "key" and asked:
        made = factors.add_key(user, asked, request.POST.get("credential", ""), name, by)
    else:
        raise CallerError("factor-begun", "This page had been open too long. Please try again.")
    request.session.pop(BEGUN, None)
    request.session["factor"] = made.kind
    return None


def _factors_page(
    request: HttpRequest, user: User, is_first: bool, error: str, sure: str | None
) -> HttpResponse:
    held = list(user.factors.order_by("added"))
    may_add = len(held) < rules.MOST_FACTORS and (not held or bool(request.session.get("factor")))
    context: dict[str, Any] = {
        "held": held,
        "is_first": is_first,
        "error": error,
        "may_add": may_add and not sure,
        "sure": next((one for one in held if str(one.id) == sure), None),
        "labels": _labels(),
        "names": {"app": _("phone"), "key": _("key on my key ring")},
        "place": factors.place(),
    }
    if context["may_add"]:
        begun = request.session.setdefault(BEGUN, None) or factors.begin_app()
        request.session[BEGUN] = begun
        issuer = settings.ZHILU.name_zh or settings.ZHILU.bureau
        context["app"] = factors.shown_app(begun, user.username, issuer)
        context["options"] = json.dumps(factors.key_creation(user, signing_in.challenge(request)))
    return render(request, "pages/factors.html", context, status=400 if error else 200)


@require_http_methods(["GET", "POST"])
@login_required
def my_sessions(request: HttpRequest) -> HttpResponse:
    mine = sessions.live().filter(user__person=person_of(request))
    this = request.session.session_key
    if request.method == "POST":
        wanted, others = request.POST.get("session", ""), mine.exclude(session_key=this or "")
        found = others if wanted == "others" else logins.with_handle(others, wanted)
        if sessions.end(found, str(person_of(request))):
            messages.success(request, _("Signed out."))
        return redirect("sessions")
    context = logins.session_page(request, mine) | {"everybody": False, "title": _("Where I am signed in")}
    return render(request, "pages/sessions.html", context)


urls = [
    path("account", index, name="account"),
    path("account/password", password, name="password"),
    path("account/factors", second_factors, name="factors"),
    path("account/sessions", my_sessions, name="sessions"),
]
