from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.ledger.clock import now
from zhilu.server.organisation.models import Review, Role
from zhilu.server.organisation.rules import LONGEST_REASON
from zhilu.server.organisation.services import reviews as services
from zhilu.server.organisation.services.people import names, paths
from zhilu.server.pages.services import grants, lists
from zhilu.server.pages.services.forms import committed, confirmation
from zhilu.server.pages.services.rights import may, needs, person_of, rights


class ReviewForm(forms.Form):
    """One choice for each grant, none made beforehand; a reason where one is withdrawn."""

    reason = forms.CharField(
        label=gettext_lazy("Reason for what is withdrawn"), max_length=LONGEST_REASON, required=False
    )

    def __init__(self, held: dict[UUID, list[grants.Held]], told: dict[str, str], *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        choices = [(services.KEEP, _("keep")), (services.WITHDRAW, _("withdraw"))]
        self.grants = [(str(person), one) for person, found in held.items() for one in found]
        self.told = told
        for _person, one in self.grants:
            field = forms.ChoiceField(choices=choices, widget=forms.RadioSelect)
            self.fields[f"grant-{one.id}"] = field

    def rows(self) -> list[tuple[str, grants.Held, forms.BoundField]]:
        """By name."""
        found = [(self.told.get(person, person), one, self[f"grant-{one.id}"]) for person, one in self.grants]
        return sorted(found, key=lambda row: (row[0], row[1].id))

    def clean(self) -> None:
        gone = services.WITHDRAW in self.seen().values()
        if gone and not (self.cleaned_data.get("reason") or "").strip():
            self.add_error("reason", _("Say why something is withdrawn."))

    def seen(self) -> dict[int, str]:
        prefix = "grant-"
        return {
            int(name.removeprefix(prefix)): choice
            for name, choice in self.cleaned_data.items()
            if name.startswith(prefix)
        }


@require_safe
@needs("rights-review")
def index(request: HttpRequest) -> HttpResponse:
    """The reviews that were held, and when the next one is due."""
    context = lists.page(request, Review.objects.order_by("-at"), 20)
    told = names({one.by for one in context["page"]})
    context |= {
        "state": services.state(now()),
        "rows": [(one, told.get(one.by, one.by)) for one in context["page"]],
        "may_review": may(rights(request).roles, "grants"),
    }
    return render(request, "pages/reviews.html", context)


@require_http_methods(["GET", "POST"])
@needs("grants")
def review(request: HttpRequest) -> HttpResponse:
    """Every grant is looked at: kept or withdrawn."""
    me = person_of(request)
    held = grants.held_by(Role.objects.filter(ended_at=None), paths())
    own = held.pop(me, [])
    form = ReviewForm(held, names(held), request.POST or None)
    if form.is_valid():
        asked = _asked(request, form, len(own))
        if asked is not None:
            return asked
    outcome: list[tuple[int, int]] = []
    if committed(
        request,
        form,
        lambda: outcome.append(services.finish(form.seen(), form.cleaned_data["reason"], me)),
        fields={"reason": "reason"},
    ):
        kept, gone = outcome[0]
        word = _("The review is entered: %(kept)s grants kept, %(gone)s withdrawn.")
        messages.success(request, word % {"kept": kept, "gone": gone})
        return redirect("reviews")
    context = {"form": form, "state": services.state(now()), "own": own}
    return render(request, "pages/review.html", context, status=400 if form.errors else 200)


def _asked(request: HttpRequest, form: ReviewForm, own: int) -> HttpResponse | None:
    """What the review will do, in numbers."""
    choices = list(form.seen().values())
    gone = choices.count(services.WITHDRAW)
    will = [
        _("%(count)d grants are kept.") % {"count": len(choices) - gone},
        _("%(count)d grants are withdrawn, from this moment on.") % {"count": gone},
    ]
    if own:
        will.append(
            _("%(count)d grants of your own stay for another security administrator to review.")
            % {"count": own}
        )
    word = _("Enter the review")
    return confirmation(request, title=word, will=will, word=word, back=reverse("review"))


urls = [
    path("grants/reviews", index, name="reviews"),
    path("grants/reviews/new", review, name="review"),
]
