"""Who may enter an event: holders of the roles that its kind names, and commands on the server.

So the three administrators stay apart whatever way an event comes in. The organisation app knows the roles
and says so through `provide`.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from zhilu.errors import CallerError
from zhilu.server.ledger.events import Kind

_provider: Callable[[str], frozenset[str]] | None = None


def provide(provider: Callable[[str], frozenset[str]]) -> None:
    """`provider`: roles of a person's id; none of what is no person."""
    global _provider
    _provider = provider


def check(kind: Kind, actor: str) -> None:
    if not kind.by or actor == settings.ZHILU.bureau:
        return
    assert _provider is not None, "organisation.apps provides the roles"
    if not _provider(actor) & set(kind.by):
        raise CallerError("actor", "You have no role that may enter this.", kind=kind.name)
