from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhilu.server.organisation import rules
from zhilu.server.organisation.models import Person, Post, Role, User
from zhilu.server.organisation.services import grants as services
from zhilu.server.organisation.services.people import paths
from zhilu.server.pages.services import grants, lists, organisation
from zhilu.server.pages.services.forms import committed, confirmation, done
from zhilu.server.pages.services.rights import needs, person_of
from zhilu.server.pages.words import ROLE_MAY, ROLES

BUREAU, DEPARTMENTS = "bureau", "departments"


class GrantForm(forms.Form):
    """A role, and over what. Nothing is chosen beforehand: a slip must not give the whole bureau."""

    role = forms.ChoiceField(label=gettext_lazy("Role"))
    reach = forms.ChoiceField(
        label=gettext_lazy("Over what"),
        required=False,
        widget=forms.RadioSelect,
        choices=[
            (BUREAU, gettext_lazy("the whole bureau")),
            (DEPARTMENTS, gettext_lazy("these departments")),
        ],
        help_text=gettext_lazy(
            "For heads of units, viewers, approvers, leaders, supervisors and equipment keepers only."
        ),
    )
    departments = forms.MultipleChoiceField(
        label=gettext_lazy("Departments, with those below them"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, places: dict[UUID, str], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["role"].choices = [("", "—"), *ROLES.items()]  # type: ignore[attr-defined]
        self.fields["departments"].choices = [(str(one), name) for one, name in places.items()]  # type: ignore[attr-defined]

    def clean(self) -> None:
        role, reach = self.cleaned_data.get("role"), self.cleaned_data.get("reach")
        chosen = self.cleaned_data.get("departments")
        if role in rules.SCOPED:
            if not reach:
                self.add_error("reach", _("Say over what the role counts."))
            if reach == DEPARTMENTS and not chosen:
                self.add_error("departments", _("Choose at least one department."))
        elif role and (chosen or reach == DEPARTMENTS):
            self.add_error("reach", _("This role counts for no departments of its own."))
        if reach == BUREAU and chosen:
            self.add_error("departments", _("Either the whole bureau, or departments."))

    def scope(self) -> list[UUID] | None:
        chosen = self.cleaned_data["departments"]
        return [UUID(one) for one in chosen] if chosen else None


@require_safe
@needs("grants")
def index(request: HttpRequest) -> HttpResponse:
    """Person → roles, over what, since when, by whom, last sign-in."""
    q = lists.text(request.GET.get("q", ""))
    role = request.GET.get("role", "") if request.GET.get("role", "") in ROLES else ""
    known = paths()
    places = organisation.own_places()
    department = _chosen(request.GET.get("department", ""), places)
    context = lists.page(request, grants.persons(q, role, department), 20)
    context |= {
        "rows": grants.rows(list(context["page"]), known),
        "roles": ROLES,
        "places": places,
        "q": q,
        "role": role,
        "department": str(department or ""),
    }
    return render(request, "pages/grants.html", context)


@require_safe
@needs("grants")
def sight(request: HttpRequest) -> HttpResponse:
    """Department → who."""
    places = organisation.own_places()
    department = _chosen(request.GET.get("department", ""), places)
    context = {
        "places": places,
        "department": str(department or ""),
        "name": places.get(department, "") if department else "",
        "seers": grants.seers(department) if department else [],
    }
    return render(request, "pages/sight.html", context)


@require_http_methods(["GET", "POST"])
@needs("grants")
def detail(request: HttpRequest, person: UUID) -> HttpResponse:
    """One person: what is held, what was, and a form to grant more."""
    found = get_object_or_404(Person, id=person)
    known = paths()
    places = organisation.own_places()
    form = GrantForm(places, request.POST or None)
    if person != person_of(request) and form.is_valid():
        asked = _asked(request, found, form, places)
        if asked is not None:
            return asked
    if committed(
        request,
        form,
        lambda: services.grant(person, form.cleaned_data["role"], form.scope(), person_of(request)),
        done=_("The role is granted."),
        fields={"role-held": "role", "role-conflict": "role", "role-scope": "reach"},
    ):
        return redirect("grants-of", person=person)
    post = Post.objects.filter(person=person, until=None).first()
    held = grants.held_by(Role.objects.filter(person=person), known).get(person, [])
    context = {
        "person": found,
        "login": User.objects.filter(person=person).first(),
        "department": known.get(post.department, "") if post else "",
        "held": [one for one in held if one.ended is None],
        "ended": [one for one in held if one.ended is not None][::-1],
        "handed": grants.handed(person),
        "form": form,
        "is_me": person == person_of(request),
    }
    return render(request, "pages/grants_of.html", context, status=400 if form.errors else 200)


@require_POST
@needs("grants")
def withdraw(request: HttpRequest, person: UUID) -> HttpResponse:
    found = get_object_or_404(Person, id=person)
    back = reverse("grants-of", args=[person])
    role, reason = request.POST.get("role", ""), request.POST.get("reason", "")[: rules.LONGEST_REASON + 1]
    if role in ROLES and reason.strip():
        will = [
            _("%(name)s is no longer %(role)s, from this moment on.") % {"name": found, "role": ROLES[role]},
            _("What was handed on from this role ends too."),
            _("The reason is written into the ledger: %(reason)s") % {"reason": reason},
        ]
        word = _("Withdraw the role")
        asked = confirmation(request, title=word, will=will, word=word, back=back)
        if asked is not None:
            return asked
    done(
        request,
        lambda: services.withdraw(person, role, reason, person_of(request)),
        _("The role is withdrawn."),
    )
    return redirect(back)


def _asked(
    request: HttpRequest, person: Person, form: GrantForm, places: dict[UUID, str]
) -> HttpResponse | None:
    """What the person will then be able to do, and what he holds already. None: go on; the rules refuse what
    is held already.
    """
    role, scope = form.cleaned_data["role"], form.scope()
    held = sorted(Role.objects.filter(person=person.id, ended_at=None).values_list("role", flat=True))
    if role in held:
        return None
    will = [_("%(name)s becomes %(role)s, from this moment on.") % {"name": person, "role": ROLES[role]}]
    will.append(str(ROLE_MAY[role]))
    if role in rules.SCOPED:
        over = _("the whole bureau") if scope is None else _(", ").join(places[one] for one in scope)
        will.append(_("Over: %(places)s") % {"places": over})
    told = _(", ").join(str(ROLES[one]) for one in held) or _("nothing")
    will.append(_("Held already: %(roles)s") % {"roles": told})
    word = _("Grant the role")
    return confirmation(
        request, title=word, will=will, word=word, back=reverse("grants-of", args=[person.id])
    )


def _chosen(text: str, places: dict[UUID, str]) -> UUID | None:
    return next((one for one in places if str(one) == text), None)


urls = [
    path("grants", index, name="grants"),
    path("grants/departments", sight, name="sight"),
    path("grants/<uuid:person>", detail, name="grants-of"),
    path("grants/<uuid:person>/withdraw", withdraw, name="grant-withdraw"),
]
