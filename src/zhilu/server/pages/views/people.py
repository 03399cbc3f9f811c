from __future__ import annotations

from datetime import date
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.equipment.models import DockCredential
from zhilu.server.ledger.clock import today
from zhilu.server.organisation.models import Credential, Person, Post, Role, User
from zhilu.server.organisation.services import posts
from zhilu.server.organisation.services.people import paths
from zhilu.server.pages.services import exports, grants, lists, organisation
from zhilu.server.pages.services.forms import Day, committed, confirmation
from zhilu.server.pages.services.rights import needs, person_of
from zhilu.server.pages.words import LEAVING, RANKS, ROLES
from zhilu.server.tabular import MOST_ROWS_OUT

TRANSFER = "transfer"
BESIDE = {
    "post-date": "on",
    "post-held": "on",
    "department-unknown": "department",
    "name": "name",
    "number-held": "number",
    "too-long": "name",
}


class PersonForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Full name"), max_length=posts.LONGEST)
    number = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=posts.LONGEST,
        required=False,
        help_text=gettext_lazy("Of the enforcement certificate. Lists that are imported know people by it."),
    )


class PostForm(forms.Form):
    """Where somebody works from a day on."""

    department = forms.ChoiceField(label=gettext_lazy("Department"))
    rank = forms.ChoiceField(label=gettext_lazy("Rank"), choices=RANKS.items())
    on = Day(
        label=gettext_lazy("In post since"),
        help_text=gettext_lazy("Today or earlier. A post gives no right."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        places = organisation.own_places()
        self.fields["department"].choices = [("", "—"), *((str(one), name) for one, name in places.items())]  # type: ignore[attr-defined]
        self.fields["on"].initial = today().isoformat()

    def place(self) -> tuple[UUID, str, date]:
        said = self.cleaned_data
        return UUID(said["department"]), said["rank"], said["on"]


class NewForm(PersonForm, PostForm):
    field_order = ("name", "number", "department", "rank", "on")


class LeaveForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("Reason"), choices=LEAVING.items())
    on = Day(
        label=gettext_lazy("First day no longer there"),
        help_text=gettext_lazy("Today or earlier."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["on"].initial = today().isoformat()


@require_safe
@needs("people")
def index(request: HttpRequest) -> HttpResponse:
    """Everybody: where they work, what they may do, login and security keys."""
    q = lists.text(request.GET.get("q", ""))
    places = organisation.own_places()
    known = {str(one) for one in places} | {organisation.NO_POST}
    wanted = request.GET.get("department", "")
    department = wanted if wanted in known else ""
    found = organisation.people(q, department)
    if exports.wanted(request):
        return _exported(request, list(found[: MOST_ROWS_OUT + 1]))
    context = lists.page(request, found, 20)
    context |= {
        "rows": organisation.person_rows(list(context["page"])),
        "places": places,
        "q": q,
        "department": department,
        "none": organisation.NO_POST,
    }
    return render(request, "pages/people.html", context)


def _exported(request: HttpRequest, found: list[Person]) -> HttpResponse:
    header = [_("Full name"), _("Number"), _("Department"), _("Rank"), _("Roles"), _("Login")]
    rows = (
        (
            row.person.name,
            row.person.number,
            row.department,
            RANKS.get(row.rank, ""),
            _(", ").join(str(ROLES.get(role, role)) for role in row.roles),
            row.login,
        )
        for row in organisation.person_rows(found)
    )
    return exports.xlsx(request, "people", _("People"), header, rows)


@require_http_methods(["GET", "POST"])
@needs("organisation")
def new(request: HttpRequest) -> HttpResponse:
    form = NewForm(request.POST or None)
    added: list[UUID] = []

    def add() -> None:
        said = form.cleaned_data
        added.append(posts.add(said["name"], said["number"], *form.place(), person_of(request)))

    if committed(request, form, add, done=_("The person is added."), fields=BESIDE):
        return redirect("person", person=added[0])
    return render(request, "pages/person_new.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
@needs("people")
def detail(request: HttpRequest, person: UUID) -> HttpResponse:
    """One person: where he works and worked, what he may do."""
    found = get_object_or_404(Person, id=person)
    history = posts.history(person)
    told = paths()
    context = {
        "person": found,
        "posts": [(post, told.get(post.department, "")) for post in history],
        "post": next((post for post in history if post.until is None), None),
        "place": next((told.get(post.department, "") for post in history if post.until is None), ""),
        "roles": Role.objects.filter(person=person, ended_at=None)
        .order_by("id")
        .values_list("role", flat=True),
        "keys": Credential.objects.filter(person=person, revoked=False).count(),
        "login": User.objects.filter(person=person).first(),
        "handed": grants.handed(person),
        "dock_keys": DockCredential.objects.filter(person=person).order_by("entry"),
    }
    return render(request, "pages/person.html", context)


@require_http_methods(["GET", "POST"])
@needs("organisation")
def describe(request: HttpRequest, person: UUID) -> HttpResponse:
    """Another name or number; what was said before stays in the ledger until it is disposed of."""
    found = get_object_or_404(Person, id=person)
    form = PersonForm(request.POST or None, initial={"name": found.name, "number": found.number})
    if committed(
        request,
        form,
        lambda: posts.describe(person, **form.cleaned_data, actor=person_of(request)),
        done=_("Saved."),
        fields=BESIDE,
    ):
        return redirect("person", person=person)
    return _form(request, found, form, _("Name and number"))


@require_http_methods(["GET", "POST"])
@needs("organisation")
def post(request: HttpRequest, person: UUID) -> HttpResponse:
    """A post for who has none; for who has one, a transfer."""
    found = get_object_or_404(Person, id=person)
    held = Post.objects.filter(person=person, until=None).first()
    form = PostForm(request.POST or None)
    title = _("Transfer") if held else _("Give a post")
    if held and form.is_bound and form.is_valid() and request.method == "POST":
        asked = confirmation(
            request, title=title, will=_will(found, TRANSFER), word=title, back=_back(person)
        )
        if asked is not None:
            return asked
    change = posts.transfer if held else posts.take
    if committed(
        request,
        form,
        lambda: change(person, *form.place(), person_of(request)),
        done=_("The post is entered."),
        fields=BESIDE,
    ):
        return redirect("person", person=person)
    return _form(request, found, form, title)


@require_http_methods(["GET", "POST"])
@needs("organisation")
def leave(request: HttpRequest, person: UUID) -> HttpResponse:
    found = get_object_or_404(Person, id=person)
    form = LeaveForm(request.POST or None)
    title = _("Leave the post")
    if request.method == "POST" and form.is_valid():
        will = _will(found, form.cleaned_data["reason"])
        asked = confirmation(request, title=title, will=will, word=title, back=_back(person))
        if asked is not None:
            return asked
    if committed(
        request,
        form,
        lambda: posts.leave(person, form.cleaned_data["on"], form.cleaned_data["reason"], person_of(request)),
        done=_("The post is left."),
        fields=BESIDE,
    ):
        return redirect("person", person=person)
    return _form(request, found, form, title)


def _will(person: Person, reason: str) -> list[str]:
    """What leaving a post does."""
    row = organisation.person_rows([person])[0]
    gone = [role for role in row.roles if role != "officer" or reason in ("retired", "left")]
    named = _(", ").join(str(ROLES.get(role, role)) for role in gone)
    return [
        _("%(name)s leaves the post in %(department)s.") % {"name": person, "department": row.department},
        _("These roles end: %(roles)s.") % {"roles": named} if gone else _("No role ends with it."),
        _("Delegations from and to this person end. What was recorded before keeps its department."),
    ]


def _form(request: HttpRequest, person: Person, form: forms.Form, title: str) -> HttpResponse:
    context = {"person": person, "form": form, "title": title, "back": _back(person.id)}
    return render(request, "pages/person_form.html", context, status=400 if form.errors else 200)


def _back(person: UUID) -> str:
    return reverse("person", args=[person])


urls = [
    path("people", index, name="people"),
    path("people/new", new, name="person-new"),
    path("people/<uuid:person>", detail, name="person"),
    path("people/<uuid:person>/name", describe, name="person-name"),
    path("people/<uuid:person>/post", post, name="person-post"),
    path("people/<uuid:person>/leave", leave, name="person-leave"),
]
