from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from zhilu.server.organisation.services import access
from zhilu.server.organisation.services.people import roles_of
from zhilu.server.pages.services.rights import may, needs, person_of

LANDING = ("recordings", "people", "access", "ledger")


@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """A wrong name, a wrong password and a locked account look the same."""
    if request.method == "GET":
        return render(request, "pages/login.html", {"next": request.GET.get("next", "")})
    user = authenticate(
        request,
        username=request.POST.get("username", "")[:64],
        password=request.POST.get("password", "")[:200],
    )
    address = request.META.get("REMOTE_ADDR", "")
    if user is None:
        access.note(None, "sign-in", "/login", False, address)
        context = {"failed": True, "next": request.POST.get("next", "")}
        return render(request, "pages/login.html", context, status=401)
    login(request, user)
    access.note(user.person, "sign-in", "/login", True, address)
    target = request.POST.get("next", "")
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return redirect(target)
    return redirect("home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("login")


@needs("ledger")
def home(request: HttpRequest) -> HttpResponse:
    """The first page that this person may open."""
    roles = roles_of(person_of(request))
    return redirect(next(place for place in LANDING if may(roles, place)))


urls = [
    path("", home, name="home"),
    path("login", sign_in, name="login"),
    path("logout", sign_out, name="logout"),
]
