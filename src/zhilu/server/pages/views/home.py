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
    """What is late, what is wrong, what waits for me: of the first role at once, of each other role in a
    request of its own, so that none asks the database for everything.
    """
    desk = Desk(rights(request), now())
    roles = tasks.roles_with_cards(desk.rights.roles)
    asked = request.GET.get("as", "")
    parts = tasks.apart(desk.rights.roles)
    if asked in parts:
        cards, is_alone = tasks.cards_apart(desk, asked), request.GET.get("alone") == "yes"
        # What is late goes before the cards that are there already.
        late = [] if is_alone else [card for card in cards if card.tone == "late"]
        context = {
            "cards": [card for card in cards if card not in late],
            "late": late,
            "shown": asked.removesuffix("+"),
            "is_more": True,
            "is_alone": is_alone,
        }
        return render(request, "pages/_cards.html", context)
    shown = asked if asked in roles else next(iter(roles), "")
    context = {
        "today": desk.today,
        "shown": shown,
        "cards": tasks.cards(desk, shown) if shown else [],
        "has_several": len(roles) > 1,
        "parts": [part for part in parts if part.removesuffix("+") == shown],
        "others": [role for role in roles if role != shown],
        "is_optional": settings.ZHILU.second_factor == "optional",
    }
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, "pages/_cards.html" if is_part else "pages/home.html", context)


urls = [path("", home, name="home")]
