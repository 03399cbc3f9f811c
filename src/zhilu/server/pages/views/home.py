from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from zhilu.server.ledger.clock import now
from zhilu.server.pages.services import tasks
from zhilu.server.pages.services.rights import needs, rights
from zhilu.server.pages.services.tasks.desk import Desk


@require_safe
@needs("home")
def home(request: HttpRequest) -> HttpResponse:
    """What is late, what is wrong, what waits for me."""
    desk = Desk(rights(request), now())
    cards = tasks.cards(desk)
    context = {
        "today": desk.today,
        "cards": cards,
        "is_quiet": all(card.tone == "known" for card in cards),
        "is_optional": settings.ZHILU.second_factor == "optional",
    }
    return render(request, "pages/home.html", context)


urls = [path("", home, name="home")]
