"""The queue of footage to review, one review, an officer's own results, the figures."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from zhilu.server.ledger.clock import now, today
from zhilu.server.oversight import rules_reviews as rules
from zhilu.server.oversight.apply_reviews import ROLE
from zhilu.server.oversight.models import Drawn, FootageReview
from zhilu.server.oversight.services import review_figures, reviewing
from zhilu.server.pages.services import (
    batches,
    drawn_list,
    exports,
    keyset,
    list_pages,
    lists,
    review_pages,
    seen,
)
from zhilu.server.pages.services.drawn_list import MOST_ASKED, QUEUE
from zhilu.server.pages.services.footage_forms import ReviewForm
from zhilu.server.pages.services.forms import committed
from zhilu.server.pages.services.listing import Asker
from zhilu.server.pages.services.rights import needs, person_of, rights
from zhilu.server.pages.templatetags.zhilu import said

USUAL_DAYS, MOST_DAYS = 90, 366


@require_http_methods(["GET", "HEAD", "POST"])
@needs("footage-reviews")
def queue(request: HttpRequest) -> HttpResponse:
    """POST: a viewing of the chosen ones is to be requested, which is done in the viewing room."""
    asker = Asker(request)
    if request.method == "POST":
        return _watch(request, request.POST.getlist("row"))
    actions = [(one, one.form(asker)) for one in QUEUE.actions if one.form] if _room() else []
    says = _("What was drawn and waits for a review. Watching is requested and approved in the usual way.")
    return list_pages.show(
        request,
        QUEUE,
        asker,
        actions=actions,
        says=says,
        batch_url=request.path,
        says_url=reverse("footage-draws"),
        says_link=_("Draws"),
    )


def _room() -> str:
    keyholder = settings.ZHILU.keyholder
    return keyholder.room if keyholder else ""


def _watch(request: HttpRequest, tickets: Sequence[str]) -> HttpResponse:
    if len(tickets) > MOST_ASKED:
        return batches.refused(
            request, _("At most %(most)s recordings are requested at once.") % {"most": MOST_ASKED}
        )
    found = drawn_list.chosen(tickets, rights(request))
    if not found:
        return batches.refused(request, _("Choose at least one row."))
    asked = urlencode({"recording": list(found), "purpose": rules.PURPOSE}, doseq=True)
    seen.listed(request, found)
    context = {
        "count": len(found),
        "url": f"{_room()}/request?{asked}" if _room() else "",
        "room": _room(),
        "lacks": drawn_list.lacks(rights(request), found.values()),
    }
    return render(request, "pages/footage_watch.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("footage-reviews")
def one(request: HttpRequest, recording: UUID, draw: UUID) -> HttpResponse:
    mine = rights(request)
    drawn = Drawn.objects.select_related("draw").filter(recording=recording, draw=draw).first()
    if drawn is None or not mine.covers(drawn.department, ROLE):
        raise Http404
    asked = reviewing.checklist(recording)
    items = rules.items_of(asked.items) if asked else ()
    form = ReviewForm(items, review_pages.is_english(), request.POST or None)
    watch, viewing = drawn_list.watches([drawn], mine.person)[drawn.id]
    to_do = drawn.state != "done" and not (drawn.state == "second" and drawn.first_by == mine.person)

    def file() -> None:
        assert asked is not None
        # Without a release the rule says what is missing.
        under = viewing or UUID(int=0)
        reviewing.file(mine.person, drawn, asked, under, form.answers(), form.cleaned_data["comment"])

    if asked and committed(request, form, file, done=_("The review is filed.")):
        after = drawn_list.next_of(drawn, mine)
        return redirect("footage-review", after.recording, after.draw_id) if after else redirect(QUEUE.code)
    context = _shown(request, drawn, items) | {
        "form": form if asked and to_do else None,
        "watch": watch,
        "watch_url": _watch_url(watch, viewing, recording),
        "room": _room(),
        "lacks": drawn_list.lacks(mine, [drawn.department]) if to_do and watch == "to-ask" else "",
        "asked": asked,
        "next": drawn_list.next_of(drawn, mine),
    }
    return render(request, "pages/footage_review.html", context, status=400 if form.errors else 200)


def _shown(request: HttpRequest, drawn: Drawn, items: Sequence[rules.Item]) -> dict[str, Any]:
    asker = Asker(request)
    recording = review_pages.recording_of(drawn, asker.rights.person)
    reviews = review_pages.of_drawn(drawn, asker, items)
    return {
        "drawn": drawn,
        "recording": recording,
        "is_own": recording.is_own,
        "officer": asker.names(drawn.officer).get(str(drawn.officer), ""),
        "department": recording.place,
        "of": review_pages.of(drawn.draw, asker) if drawn.draw.kind == "targeted" else "",
        "reviews": reviews,
    }


def _watch_url(watch: str, viewing: UUID | None, recording: UUID) -> str:
    if not _room():
        return ""
    if viewing is not None:
        return f"{_room()}/viewings/{viewing}"
    return f"{_room()}/request?{urlencode({'recording': recording, 'purpose': rules.PURPOSE})}"


@require_safe
@needs("footage-own")
def mine(request: HttpRequest) -> HttpResponse:
    """What reviews found in one's own recordings."""
    found = FootageReview.objects.filter(officer=person_of(request)).select_related("drawn")
    if exports.wanted(request):
        return _of_mine(request, found)
    page = keyset.newest_first(found, "at", request.GET.get("older", ""))
    rows = review_pages.reviews_rows(page.rows)
    seen.listed(request, [row.review.recording for row in rows])
    context = {"rows": rows, "period": rules.SECOND_PERIOD.days, **lists.older(request, page.older)}
    return render(request, "pages/footage_mine.html", context)


def _of_mine(request: HttpRequest, found: QuerySet[FootageReview]) -> HttpResponse:
    header = [
        _("Recording"), _("Reviewed at"), _("Review"), _("Result"), _("Answered no"), _("Comment"),
        _("Reviewer"), _("Entry"),
    ]  # fmt: skip
    levels = {1: _("first review"), 2: _("second review")}
    rows = []
    for chunk in exports.in_chunks(found.order_by("-at", "-id")):
        seen.listed(request, [one.recording for one in chunk])
        rows += [
            [
                row.opened, row.review.at, levels[row.review.level], said(row.result, "review-result"),
                _(", ").join(row.items), row.review.comment, row.reviewer, row.review.entry,
            ]
            for row in review_pages.reviews_rows(chunk)
        ]  # fmt: skip
    return exports.xlsx(request, "my-reviews", _("Reviews of my recordings"), header, rows)


@require_safe
@needs("footage-draws")
def figures(request: HttpRequest) -> HttpResponse:
    first, last = lists.days(request.GET, USUAL_DAYS, MOST_DAYS, today())
    asker = Asker(request)
    where = asker.rights.within(*review_pages.SEES)
    whole, each = review_figures.coverage(first, last, where)
    agreed, texts = review_figures.agreement(first, last, where), review_pages.item_texts()
    context = {
        "first": first,
        "last": last,
        "whole": whole,
        "rows": [(asker.place(row.department), row) for row in each],
        "agreement": agreed,
        "differing": [(texts.get(code, code), count) for code, count in agreed.differing],
        "late": _late(where),
    }
    return render(request, "pages/footage_figures.html", context)


def _late(where: Any) -> int:
    """Drawn long ago and not reviewed."""
    return Drawn.objects.filter(where, state="open", at__lt=now() - timedelta(days=30)).count()


urls = [
    path("footage-reviews", queue, name="footage-reviews"),
    path("footage-reviews/mine", mine, name="footage-reviews-mine"),
    path("footage-reviews/figures", figures, name="footage-figures"),
    path("footage-reviews/<uuid:recording>/<uuid:draw>", one, name="footage-review"),
]
