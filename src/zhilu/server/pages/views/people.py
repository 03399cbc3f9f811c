from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.organisation.models import Credential, Person, Post, Role, User
from zhilu.server.organisation.services.people import department_names
from zhilu.server.pages.services.rights import needs


@require_safe
@needs("people")
def index(request: HttpRequest) -> HttpResponse:
    """Everybody, with roles, login and security keys. Changed by events, not here."""
    roles: dict[UUID, list[str]] = defaultdict(list)
    for role in Role.objects.filter(ended_at=None).order_by("entry"):
        roles[role.person].append(role.role)
    keys: dict[UUID, int] = defaultdict(int)
    for person in Credential.objects.filter(revoked=False).values_list("person", flat=True):
        keys[person] += 1
    logins = dict(User.objects.values_list("person", "username"))
    places = department_names()
    at = dict(Post.objects.filter(until=None).values_list("person", "department"))
    rows = [
        (one, places.get(at.get(one.id)), roles[one.id], logins.get(one.id, ""), keys[one.id])
        for one in Person.objects.order_by("entry")
    ]
    return render(request, "pages/people.html", {"rows": rows})


urls = [
    path("people", index, name="people"),
]
