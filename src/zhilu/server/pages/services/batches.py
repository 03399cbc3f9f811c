"""What is answered to a batch: which rows it was done with, which had been so before, which not, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from zhilu.errors import DataError
from zhilu.server.evidence.services.desk import Result
from zhilu.server.pages.services.forms import said_of


def gone() -> DataError:
    """Of a row that is not there for this person, whether or not it is for another."""
    return DataError("row-gone", "This is not there, or not for you to do.")


def refused(request: HttpRequest, why: str) -> HttpResponse:
    """Nothing was done: back to the list, which says why."""
    messages.error(request, why)
    return redirect(_back(request))


def report(
    request: HttpRequest, title: object, label: object, results: Sequence[Result], told: Mapping[str, str]
) -> HttpResponse:
    """`title` of the list, `label` of what was done, `told`: how a ticket is called."""

    def name(one: Result) -> str:
        return told.get(one.ticket, one.ticket)

    context = {
        "title": title,
        "label": label,
        "back": _back(request),
        "done": [name(one) for one in results if not one.error and not one.already],
        "already": [name(one) for one in results if one.already],
        "refused": [(name(one), said_of(one.error)) for one in results if one.error],
    }
    return render(request, "pages/batch.html", context)


def _back(request: HttpRequest) -> str:
    """To the same filters."""
    asked = request.POST.get("asked", "")
    return f"{request.path}?{asked}" if asked else request.path
