"""The lists of work: recordings to describe, statements to confirm; and what is done with the rows that were
ticked. A ticket names a row, and of a statement the version that was on the page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zhilu.encoding import as_uuid
from zhilu.server.evidence import standing
from zhilu.server.evidence.models import Act
from zhilu.server.evidence.rules_desk import ASIDE, LONGEST_ASIDE
from zhilu.server.evidence.services import desk
from zhilu.server.organisation.services.rights import Rights
from zhilu.server.pages import words_acts
from zhilu.server.pages.services import act_list, acts, batches, listing, recording_list, recordings
from zhilu.server.pages.services.listing import Action, Asker, Column, Listing, Rows
from zhilu.server.pages.templatetags.zhilu import beijing

OF_RECORDINGS = {
    "first",
    "last",
    "officer",
    "department",
    "mine",
    "serial",
    "station",
    "origin",
    "longer",
    "shorter",
}
OF_STATEMENTS = {"words", "officer", "department", "first", "last", "class", "procedure", "tier", "complete"}


class AssignForm(forms.Form):
    officer = forms.ChoiceField(label=gettext_lazy("Officer who is to describe them"))

    def __init__(self, asker: Asker, *args: Any) -> None:
        super().__init__(*args)
        self.fields["officer"].choices = [("", "—"), *asker.officers]  # type: ignore[attr-defined]


class AsideForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("Why there is nothing to describe"))
    text = forms.CharField(
        label=gettext_lazy("In words, if more is to be said"), max_length=LONGEST_ASIDE, required=False
    )

    def __init__(self, asker: Asker, *args: Any) -> None:
        super().__init__(*args)
        self.fields["reason"].choices = [("", "—"), *((one, words_acts.ASIDE[one]) for one in ASIDE)]  # type: ignore[attr-defined]


class ConfirmForm(forms.Form):
    def __init__(self, asker: Asker, *args: Any) -> None:
        super().__init__(*args)


def _is_head(rights: Rights) -> bool:
    return "unit-head" in rights.roles


def answered_for(rights: Rights) -> Rows:
    """Recordings that this person may set aside: his own, those of his unit."""
    seen = recordings.with_names(recordings.visible(Rights(rights.person, _desk_scopes(rights))))
    return seen.filter(drill=False)


def _desk_scopes(rights: Rights) -> Mapping[str, Any]:
    return {role: scope for role, scope in rights.scopes.items() if role in ("officer", "unit-head")}


def _to_describe(asker: Asker) -> Rows:
    return recordings.undescribed(answered_for(asker.rights))


def headed(rights: Rights) -> Rows:
    """Acts whose statements this person may confirm: of his unit, and none that he had a part in."""
    rows = Act.objects.filter(rights.within("unit-head"))
    return rows.filter(*(~part for part in standing.parts(rights.person)))


def _to_confirm(asker: Asker) -> Rows:
    return headed(asker.rights).filter(version__gt=0, confirmed=False)


def _open_act(row: recordings.Row) -> str:
    return format_html('<a href="{}">{}</a>', reverse("act-new", args=[row.recording.id]), _("Open an act"))


ACT = Column("act", gettext_lazy("Act"), lambda row: "", _open_act, role="officer")
TO_DESCRIBE = Listing(
    "work-recordings",
    gettext_lazy("Recordings to describe"),
    _to_describe,
    recordings.rows,
    (*(one for one in recording_list.COLUMNS if one.code not in ("acts", "check", "size")), ACT),
    tuple(one for one in recording_list.FILTERS if one.code in OF_RECORDINGS),
    gettext_lazy("Nothing waits: every recording has an act or was set aside."),
    gettext_lazy("No recording fits these filters."),
    actions=(
        Action("assign", gettext_lazy("Assign to this officer"), AssignForm, _is_head),
        Action("aside", gettext_lazy("Set aside: nothing to describe"), AsideForm),
    ),
    ticket=lambda row: str(row.recording.id),
)
TO_CONFIRM = Listing(
    "work-statements",
    gettext_lazy("Statements to confirm"),
    _to_confirm,
    acts.rows,
    tuple(one for one in act_list.COLUMNS if one.code != "confirmed"),
    tuple(one for one in act_list.FILTERS if one.code in OF_STATEMENTS),
    gettext_lazy("Nothing waits: every statement of your departments is confirmed."),
    gettext_lazy("No statement fits these filters."),
    actions=(Action("confirm", gettext_lazy("Confirm these statements"), ConfirmForm),),
    ticket=lambda row: f"{row.act.id}:{row.act.version}",
)


def doing(shape: Listing, action: str, said: dict[str, Any], rights: Rights) -> Callable[[str], None]:
    """What is to be done with each ticket."""
    me = rights.person

    def recording_of(ticket: str) -> UUID:
        return _there(answered_for(rights), ticket)

    def confirm(ticket: str) -> None:
        act, _colon, version = ticket.partition(":")
        # Of an act of his own the rule says what is wrong.
        found = _there(Act.objects.filter(rights.within("unit-head")), act)
        desk.confirm(me, found, listing.number(version) or 0)

    if action == "assign":
        officer = UUID(said["officer"])
        return lambda ticket: desk.assign(me, recording_of(ticket), officer)
    if action == "aside":
        return lambda ticket: desk.set_aside(me, recording_of(ticket), said["reason"], said["text"])
    return confirm


def _there(rows: Rows, ticket: str) -> UUID:
    """The id of a row that this person may do it with. Others, and what is none, are alike not there."""
    found = as_uuid(ticket)
    if found is None or not rows.filter(id=found).exists():
        raise batches.gone()
    return found


def told(shape: Listing, tickets: list[str], asker: Asker) -> dict[str, str]:
    """ticket → how a report names it."""
    ids = {ticket: as_uuid(ticket.partition(":")[0]) for ticket in tickets}
    wanted = [one for one in ids.values() if one]
    if shape is TO_CONFIRM:
        rows = acts.rows(list(acts.visible(asker.rights).filter(id__in=wanted)), asker)
        known = {row.act.id: " · ".join(_of_act(row)) for row in rows}
    else:
        found = list(answered_for(asker.rights).filter(id__in=wanted))
        known = {row.recording.id: " · ".join(_of_recording(row)) for row in recordings.rows(found, asker)}
    return {ticket: known.get(one, ticket) if one else ticket for ticket, one in ids.items()}


def _of_act(row: acts.Row) -> list[str]:
    at = beijing(row.act.opened_at)[:16]
    return [one for one in (at, row.procedure, row.act.taxpayer) if one]


def _of_recording(row: recordings.Row) -> list[str]:
    at = beijing(row.recording.opened_at)
    return [one for one in (at, row.officer, row.serial) if one]
