"""A list of work: its rows, and what is done with those that were ticked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from zhilu.errors import ZhiluError
from zhilu.server.evidence.services.desk import Result
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages.services import batches, list_pages
from zhilu.server.pages.services.forms import said_of
from zhilu.server.pages.services.listing import Asker, Listing

Act = Callable[[str], None]


@dataclass(frozen=True)
class Work:
    """`doing`: list, code, what the form says, rights → what is done with a ticket. `batch`: with all of
    them. `told`: how a report names each, asked before anything is done: afterwards it may be out of sight.
    """

    doing: Callable[[Listing, str, dict[str, Any], Rights], Act]
    batch: Callable[[Sequence[str], Act], list[Result]]
    told: Callable[[Listing, list[str], Asker], Mapping[str, str]]


def show(request: HttpRequest, shape: Listing, says: str, work: Work) -> HttpResponse:
    asker = Asker(request)
    actions = [one for one in shape.actions if one.allowed(asker.rights)]
    chosen = next((one for one in actions if one.code == request.POST.get("do")), None)
    if request.method != "POST":
        drawn = [(one, one.form(asker)) for one in actions if one.form]
        return list_pages.show(request, shape, actions=drawn, says=says, batch_url=request.path)
    if chosen is None or chosen.form is None:
        return batches.refused(request, _("Choose what is to be done."))
    form = chosen.form(asker, request.POST)
    if not form.is_valid():
        wrong = (f"{form.fields[name].label}: {' '.join(errors)}" for name, errors in form.errors.items())
        return batches.refused(request, " ".join(wrong))
    tickets = request.POST.getlist("row")
    known = work.told(shape, tickets, asker)
    try:
        results = work.batch(tickets, work.doing(shape, chosen.code, form.cleaned_data, asker.rights))
    except ZhiluError as error:
        return batches.refused(request, said_of(error))
    return batches.report(request, shape.title, chosen.label, results, known)
