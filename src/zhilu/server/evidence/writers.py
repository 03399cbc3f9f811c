"""Who may add to an act or correct it: its officers, and the head of the unit it belongs to
(`rules_links.py`).
"""

from __future__ import annotations

from django.conf import settings

from zhilu.encoding import as_uuid
from zhilu.server.evidence.models import Act, ActOfficer, Recording
from zhilu.server.organisation.services.rights import READS_TEXT, Rights, rights_of


def rights_of_actor(actor: str) -> Rights | None:
    """None of what is no person."""
    person = as_uuid(actor)
    return rights_of(person) if person else None


def is_bureau(actor: str) -> bool:
    return actor == settings.ZHILU.bureau


def may_write(act: Act, rights: Rights | None) -> bool:
    if rights is None:
        return False
    is_own = "officer" in rights.roles and ActOfficer.objects.filter(act=act, officer=rights.person).exists()
    return is_own or rights.covers(act.department, "unit-head")


def may_name(recording: Recording, rights: Rights | None) -> bool:
    """Whether this person may bring a recording into an act: one that he sees."""
    if rights is None:
        return False
    is_own = "officer" in rights.roles and rights.person in (recording.officer, recording.assigned)
    return is_own or rights.covers(recording.department, *READS_TEXT)


def may_lengthen(recording: Recording, rights: Rights | None) -> bool:
    """Whether this person may say that a recording is to be kept longer."""
    if rights is None:
        return False
    acts = Act.objects.filter(spans__recording=recording.id)
    return (
        rights.covers(recording.department, "unit-head")
        or ("officer" in rights.roles and acts.filter(officers__officer=rights.person).exists())
        or ("unit-head" in rights.roles and acts.filter(rights.within("unit-head")).exists())
    )
