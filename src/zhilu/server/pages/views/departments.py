from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.organisation.models import Department, ListedBureau
from zhilu.server.organisation.rules import MOST_ORDER, below
from zhilu.server.organisation.services import departments
from zhilu.server.organisation.services.departments import Described
from zhilu.server.organisation.services.people import paths
from zhilu.server.pages.services import exports, organisation
from zhilu.server.pages.services.forms import committed, confirmation
from zhilu.server.pages.services.rights import needs, person_of
from zhilu.server.pages.words import DEPARTMENT_KINDS

BESIDE = {
    "department": "name",
    "department-known": "name",
    "department-unknown": "parent",
    "department-in-use": "closed",
    "department-scope": "parent",
}


class DepartmentForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=DEPARTMENT_KINDS.items())
    parent = forms.ChoiceField(label=gettext_lazy("Department above"), required=False)
    order = forms.IntegerField(
        label=gettext_lazy("Order"),
        min_value=0,
        max_value=MOST_ORDER,
        help_text=gettext_lazy("Its place among its neighbours: the smallest comes first."),
    )

    def __init__(self, places: dict[UUID, str], *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        choices = [(str(one), name) for one, name in places.items()]
        self.fields["parent"].choices = [("", _("none")), *choices]  # type: ignore[attr-defined]

    def described(self, closed: bool = False) -> Described:
        said = self.cleaned_data
        parent = UUID(said["parent"]) if said["parent"] else None
        return Described(said["name"], said["kind"], parent, said["order"], closed)


class ChangeForm(DepartmentForm):
    closed = forms.BooleanField(
        label=gettext_lazy("Closed"),
        required=False,
        help_text=gettext_lazy("Nobody may work in it, and no open department may lie below it."),
    )


class BureauForm(forms.Form):
    code = forms.RegexField(
        r"^[!-~]{1,64}$",
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Latin letters, digits and signs without blanks. It never changes."),
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    parent = forms.ChoiceField(label=gettext_lazy("Bureau above"), required=False)
    closed = forms.BooleanField(label=gettext_lazy("Closed"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        listed = ListedBureau.objects.filter(closed=False).order_by("code").values_list("code", "name")
        own = departments.own_bureau()
        self.fields["parent"].choices = [("", _("none")), (own, own), *listed]  # type: ignore[attr-defined]

    def listed(self) -> dict[str, Any]:
        return self.cleaned_data | {"parent": self.cleaned_data["parent"] or None}


@require_safe
@needs("people")
def index(request: HttpRequest) -> HttpResponse:
    """The tree of the own bureau, and the other bureaus."""
    rows = organisation.tree()
    if exports.wanted(request):
        header = [_("Department (full path)"), _("Kind"), _("Order"), _("Closed"), _("People")]
        listed = (
            (
                one.path,
                str(DEPARTMENT_KINDS.get(one.department.kind, "")),
                one.department.order,
                one.department.closed,
                one.people,
            )
            for one in rows
        )
        return exports.xlsx(request, "departments", _("Departments"), header, listed)
    context = {"rows": rows, "bureaus": ListedBureau.objects.order_by("closed", "code")}
    return render(request, "pages/departments.html", context)


@require_http_methods(["GET", "POST"])
@needs("organisation")
def new(request: HttpRequest) -> HttpResponse:
    form = DepartmentForm(organisation.own_places(), request.POST or None, initial={"order": 0})
    if committed(
        request,
        form,
        lambda: departments.put(form.described(), person_of(request)),
        done=_("The department is set up."),
        fields=BESIDE,
    ):
        return redirect("departments")
    return _form(request, form, _("New department"))


@require_http_methods(["GET", "POST"])
@needs("organisation")
def change(request: HttpRequest, department: UUID) -> HttpResponse:
    """Of the own bureau; another bureau's is not there."""
    row = Department.objects.filter(id=department, bureau=departments.own_bureau()).first()
    if row is None:
        raise Http404
    fields = ("name", "kind", "parent", "order", "closed")
    initial = {name: getattr(row, name) for name in fields}
    form = ChangeForm(_above(row), request.POST or None, initial=initial)
    is_closing = form.is_bound and form.is_valid() and form.cleaned_data["closed"] and not row.closed
    if is_closing:
        title = _("Close the department")
        will = [
            _("Nobody can be given a post in %(name)s any more.") % {"name": row.name},
            _("Recordings and acts keep it as their department."),
        ]
        asked = confirmation(request, title=title, will=will, word=title, back=reverse("departments"))
        if asked is not None:
            return asked
    if committed(
        request,
        form,
        lambda: departments.put(form.described(form.cleaned_data["closed"]), person_of(request), department),
        done=_("Saved."),
        fields=BESIDE,
    ):
        return redirect("departments")
    return _form(request, form, row.name)


def _above(row: Department) -> dict[UUID, str]:
    """Where it could lie: not below itself."""
    parents = dict(Department.objects.values_list("id", "parent"))
    under = below([row.id], parents)
    places = {one: name for one, name in organisation.own_places().items() if one not in under}
    if row.parent is not None and row.parent not in places:
        places[row.parent] = paths().get(row.parent, "")
    return places


@require_http_methods(["GET", "POST"])
@needs("organisation")
def other(request: HttpRequest, bureau: str = "") -> HttpResponse:
    """Another bureau: a new one, or a known one's new name."""
    row = ListedBureau.objects.filter(code=bureau).first()
    if bureau and row is None:
        raise Http404
    initial = {"code": row.code, "name": row.name, "parent": row.parent, "closed": row.closed} if row else {}
    form = BureauForm(request.POST or None, initial=initial)
    if row:
        form.fields["code"].disabled = True
    if committed(
        request,
        form,
        lambda: departments.list_bureau(**form.listed(), actor=person_of(request)),
        done=_("Saved."),
        fields={"bureau": "parent"},
    ):
        return redirect("departments")
    return _form(request, form, row.name if row else _("Another bureau"))


def _form(request: HttpRequest, form: forms.Form, title: str) -> HttpResponse:
    context = {"form": form, "title": title}
    return render(request, "pages/department_form.html", context, status=400 if form.errors else 200)


urls = [
    path("departments", index, name="departments"),
    path("departments/new", new, name="department-new"),
    path("departments/<uuid:department>", change, name="department"),
    path("departments/bureaus/new", other, name="bureau-new"),
    path("departments/bureaus/<str:bureau>", other, name="bureau"),
]
