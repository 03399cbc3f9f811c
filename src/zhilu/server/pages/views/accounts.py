"""Logins, for the system administrator: made, disabled, reset, signed out. No right is granted here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.errors import CallerError
from zhilu.server.organisation.models import Person, User
from zhilu.server.organisation.services import accounts, sessions
from zhilu.server.pages.services import lists, logins
from zhilu.server.pages.services.forms import said_of
from zhilu.server.pages.services.rights import needs, person_of

DONE = {
    "end": gettext_lazy("Signed out everywhere."),
    "disable": gettext_lazy("The login is disabled."),
    "enable": gettext_lazy("The login is enabled."),
    "forget": gettext_lazy("The second factors are taken away."),
}


@dataclass(frozen=True)
class Action:
    """What a button says, and what will happen when it is confirmed."""

    do: str
    title: str
    says: str


def _actions(user: User) -> list[Action]:
    reset = Action(
        "reset",
        _("Reset the password"),
        _(
            "A one-time password is made and shown to you once. The person is signed out everywhere; "
            "second factors stay."
        ),
    )
    forget = Action(
        "forget",
        _("Take away the second factors"),
        _(
            "For who lost phone and key. Until another is set up, the password alone lets in. "
            "The person is signed out everywhere."
        ),
    )
    end = Action("end", _("Sign out everywhere"), _("Whatever the person has not saved is lost."))
    disable = Action(
        "disable",
        _("Disable the login"),
        _("Nobody signs in with it until it is enabled; whoever is, is signed out at once."),
    )
    enable = Action(
        "enable",
        _("Enable the login"),
        _("The person can sign in again, with the password and the second factors as they were."),
    )
    held = [forget] if user.factors.exists() else []
    return [reset, *held, end, disable] if user.is_active else [enable]


@require_safe
@needs("accounts")
def index(request: HttpRequest) -> HttpResponse:
    q = lists.text(request.GET.get("q", ""))
    context = lists.page(request, logins.persons(q))
    context |= {"rows": logins.login_rows(list(context["page"])), "q": q}
    return render(request, "pages/accounts.html", context)


@require_http_methods(["GET", "POST"])
@needs("accounts")
def of_person(request: HttpRequest, person: UUID) -> HttpResponse:
    found = get_object_or_404(Person, id=person)
    user = User.objects.filter(person=person).first()
    said: dict[str, Any] = {}
    if request.method == "POST":
        said = _act(request, found, user)
        if not said:
            return redirect("account-of", person)
    return _page(request, found, said)


@sensitive_variables("given")
def _act(request: HttpRequest, person: Person, user: User | None) -> dict[str, Any]:
    """What the page says of it; nothing when there is nothing to say."""
    do, actor = request.POST.get("do", ""), str(person_of(request))
    try:
        if user is None:
            username = request.POST.get("username", "").strip()[:64]
            return {"given": accounts.create(username, str(person.id), actor)[1]} if do == "make" else {}
        sure = next((one for one in _actions(user) if one.do == do), None)
        if sure is None or request.POST.get("sure") != "yes":
            return {"sure": sure} if sure else {}
        return _done(request, do, user, actor)
    except CallerError as error:
        if user is None:
            return {
                "errors": {"username": said_of(error)},
                "username": request.POST.get("username", "")[:64],
            }
        return {"error": said_of(error)}


def _done(request: HttpRequest, do: str, user: User, actor: str) -> dict[str, Any]:
    if do == "reset":
        return {"given": accounts.reset(user, actor)}
    if do == "end":
        accounts.end_sessions(user, actor)
    else:
        {"disable": accounts.disable, "enable": accounts.enable, "forget": accounts.forget_factors}[do](
            user, actor
        )
    messages.success(request, DONE[do])
    return {}


def _page(request: HttpRequest, person: Person, said: dict[str, Any]) -> HttpResponse:
    user = User.objects.filter(person=person.id).first()
    context: dict[str, Any] = {
        "person": person.id,
        "name": str(person),
        "account": user,
        "state": logins.state_of(user),
        "history": logins.history(person.id),
        "is_self": person.id == person_of(request),
        **said,
    }
    if user:
        context["held"] = user.factors.order_by("added")
        context["actions"] = _actions(user)
        context["browsers"] = sessions.live().filter(user=user).count()
    is_refused = "error" in said or "errors" in said
    return render(request, "pages/account_of.html", context, status=400 if is_refused else 200)


@require_http_methods(["GET", "POST"])
@needs("accounts")
def all_sessions(request: HttpRequest) -> HttpResponse:
    this = request.session.session_key
    if request.method == "POST":
        others = sessions.live().exclude(session_key=this or "")
        ended = logins.with_handle(others, request.POST.get("session", ""))
        if sessions.end(ended, str(person_of(request))):
            messages.success(request, _("Signed out."))
        return redirect("all-sessions")
    title = _("Who is signed in")
    context = logins.session_page(request, sessions.live()) | {"everybody": True, "title": title}
    return render(request, "pages/sessions.html", context)


urls = [
    path("accounts", index, name="accounts"),
    path("accounts/sessions", all_sessions, name="all-sessions"),
    path("accounts/<uuid:person>", of_person, name="account-of"),
]
