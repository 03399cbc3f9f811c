from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from zhilu.server.evidence import rules
from zhilu.server.evidence.models import Template
from zhilu.server.evidence.services import templates
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.rights import needs, person_of
from zhilu.server.pages.words import ELEMENTS


class TemplateForm(forms.Form):
    """A name, and texts for some of the elements."""

    name = forms.CharField(label=gettext_lazy("Name of the template"), max_length=rules.LONGEST_NAME)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for name in rules.ELEMENTS:
            widget = forms.Textarea({"rows": 3 if name == "course" else 2})
            self.fields[f"element-{name}"] = forms.CharField(
                label=ELEMENTS[name], max_length=rules.LONGEST_ELEMENT, required=False, widget=widget
            )

    def elements(self) -> dict[str, str]:
        return {name: self.cleaned_data[f"element-{name}"] for name in rules.ELEMENTS}


@require_safe
@needs("write")
def index(request: HttpRequest) -> HttpResponse:
    """An officer's own texts, which the station offers him too."""
    rows = [
        (one, [str(ELEMENTS[name]) for name in rules.ELEMENTS if name in one.elements])
        for one in templates.of(person_of(request))
    ]
    return render(request, "pages/templates.html", {"rows": rows, "most": rules.MOST_TEMPLATES})


@require_http_methods(["GET", "POST"])
@needs("write")
def create(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@needs("write")
def edit(request: HttpRequest, template: int) -> HttpResponse:
    return _edit(request, get_object_or_404(templates.of(person_of(request)), id=template))


@require_POST
@needs("write")
def delete(request: HttpRequest, template: int) -> HttpResponse:
    get_object_or_404(templates.of(person_of(request)), id=template).delete()
    messages.success(request, _("The template is deleted."))
    return redirect("templates")


def _edit(request: HttpRequest, one: Template | None) -> HttpResponse:
    initial = {"name": one.name} | {f"element-{k}": v for k, v in one.elements.items()} if one else {}
    form = TemplateForm(request.POST or None, initial=initial)

    def act() -> None:
        replaces = one.id if one else None
        templates.save(person_of(request), form.cleaned_data["name"], form.elements(), replaces=replaces)

    if committed(request, form, act, done=_("The template is saved.")):
        return redirect("templates")
    context = {"form": form, "template": one, "back": reverse("templates")}
    return render(request, "pages/template.html", context, status=400 if form.errors else 200)


urls = [
    path("templates", index, name="templates"),
    path("templates/new", create, name="template-new"),
    path("templates/<int:template>", edit, name="template"),
    path("templates/<int:template>/delete", delete, name="template-delete"),
]
