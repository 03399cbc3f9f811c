from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from zhilu.server.organisation.models import User
from zhilu.server.organisation.services import access, accounts, factors
from zhilu.server.pages.services import signing_in


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """A wrong name, a wrong password and a locked account look the same."""
    if request.method == "GET":
        return _login_page(request, request.GET.get("next", ""))
    target = request.POST.get("next", "")[:2000]
    user = authenticate(
        request,
        username=request.POST.get("username", "")[:64],
        password=request.POST.get("password", "")[:200],
    )
    if not isinstance(user, User):
        return _refused(request, target, "failed")
    if accounts.has_run_out(user):
        return _refused(request, target, "run_out")
    if user.factors.exists():
        signing_in.begin_second(request, user, target)
        return redirect("second")
    signing_in.finish(request, user, "")
    return _onward(target)


@require_http_methods(["GET", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """The second factor, for whom the password was right."""
    found = signing_in.waiting(request)
    if found is None:
        signing_in.end_waiting(request)
        return redirect("login")
    user, said = found
    if request.method == "GET":
        return _second_page(request, user)
    kind = signing_in.try_second(request, user)
    if kind is None:
        access.note(user.person, "second-factor", "/login/second", False, signing_in.address(request))
        if signing_in.is_locked(user):
            signing_in.end_waiting(request)
            return _refused(request, said["next"], "failed")
        return _second_page(request, user, failed=True)
    signing_in.finish(request, user, kind)
    return _onward(said["next"])


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("login")


def _refused(request: HttpRequest, target: str, why: str) -> HttpResponse:
    access.note(None, "sign-in", "/login", False, signing_in.address(request))
    return _login_page(request, target, **{why: True})


def _login_page(request: HttpRequest, target: str, **more: Any) -> HttpResponse:
    context = {"next": target, "is_optional": settings.ZHILU.second_factor == "optional", **more}
    context["username"] = request.POST.get("username", "")[:64]
    return render(request, "pages/login.html", context, status=401 if more else 200)


def _second_page(request: HttpRequest, user: User, *, failed: bool = False) -> HttpResponse:
    kinds = set(user.factors.values_list("kind", flat=True))
    options = json.dumps(factors.key_request(user, signing_in.challenge(request))) if "key" in kinds else ""
    context = {"has_app": "app" in kinds, "options": options, "failed": failed, "place": factors.place()}
    return render(request, "pages/second.html", context, status=401 if failed else 200)


def _onward(target: str) -> HttpResponse:
    if url_has_allowed_host_and_scheme(target, allowed_hosts=None):
        return redirect(target)
    return redirect("home")


urls = [
    path("login", sign_in, name="login"),
    path("login/second", second, name="second"),
    path("logout", sign_out, name="logout"),
]
