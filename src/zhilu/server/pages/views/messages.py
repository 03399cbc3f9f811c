"""What one was told: one's own messages, and nobody else's."""

from __future__ import annotations

from django.contrib import messages as banners
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from zhilu.server.oversight.models import Message
from zhilu.server.oversight.services import messages
from zhilu.server.pages.services import keyset, message_texts
from zhilu.server.pages.services.rights import person_of

SIZE = 50
MOST = 200
LONGEST_ID = 18


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def index(request: HttpRequest) -> HttpResponse:
    """POST: opened, which marks it as read; or some or all marked as read."""
    if request.method == "POST":
        return _act(request)
    mine = Message.objects.filter(messages.of(person_of(request)))
    unread = request.GET.get("unread") == "1"
    if unread:
        mine = mine.filter(read_at=None, settled_at=None)
    cursor = request.GET.get("older", "")
    page = keyset.newest_first(mine, "at", cursor, size=SIZE)
    context = {
        "rows": message_texts.lines(page.rows),
        "older": page.older,
        "is_first": not cursor,
        "cursor": "older",
        "asked": "unread=1" if unread else "",
        "only_unread": unread,
    }
    return render(request, "pages/messages.html", context)


def _act(request: HttpRequest) -> HttpResponse:
    me = person_of(request)
    if "open" in request.POST:
        return _open(request, request.POST["open"])
    if request.POST.get("do") == "all":
        messages.read(me)
        banners.success(request, _("All are marked as read."))
    else:
        ids = [int(one) for one in request.POST.getlist("row")[:MOST] if _is_id(one)]
        if not ids:
            banners.error(request, _("Tick the messages that you have read."))
        else:
            messages.read(me, *ids)
    return redirect(f"{request.path}?unread=1" if request.POST.get("asked") == "unread=1" else request.path)


def _open(request: HttpRequest, asked: str) -> HttpResponse:
    """Where the message leads; it was checked when it was made that this is an address of this server."""
    mine = Message.objects.filter(messages.of(person_of(request)))
    one = mine.filter(id=int(asked)).first() if _is_id(asked) else None
    if one is None:
        banners.error(request, _("This message is not there any more."))
        return redirect("messages")
    messages.read(person_of(request), one.id)
    return redirect(one.path or "messages")


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ID


urls = [path("messages", index, name="messages")]
