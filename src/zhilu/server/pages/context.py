from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from zhilu.demonstration import is_demonstration
from zhilu.server.organisation.services.people import bureau_name
from zhilu.server.oversight.services.messages import UNREAD
from zhilu.server.pages.first_things import first_thing
from zhilu.server.pages.nav import menu
from zhilu.server.pages.services import tasks
from zhilu.server.pages.services.rights import MAY, may, rights


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: the bureau, who is signed in, where that person may go."""
    config = settings.ZHILU
    is_english = (get_language() or "").startswith("en")
    found: dict[str, Any] = {
        "bureau_name": bureau_name(),
        "room": config.keyholder.room if config.keyholder else "",
        "is_english": is_english,
        "is_demonstration": is_demonstration(config.domain),
    }
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        roles = rights(request).roles
        found["me"] = user.person_name or str(user.person)[:8]
        found["may"] = {what: may(roles, what) for what in MAY}
        found["my_roles"] = tasks.roles_with_cards(roles)
        if first_thing(request) is None:
            found["menu"] = menu(roles, request.path)
            found["unread"] = getattr(user, UNREAD, 0)
    return found
