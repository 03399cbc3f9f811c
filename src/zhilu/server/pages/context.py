from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from zhilu.server.organisation.models import Person
from zhilu.server.organisation.services.people import roles_of
from zhilu.server.pages.services.rights import MAY, may


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """What every page shows: the bureau, who is signed in, where that person may go."""
    config = settings.ZHILU
    is_english = (get_language() or "").startswith("en")
    named = config.name_en if is_english else config.name_zh
    found: dict[str, Any] = {
        "bureau_name": named or config.bureau,
        "room": config.keyholder.room if config.keyholder else "",
        "is_english": is_english,
        "here": request.resolver_match.url_name if request.resolver_match else "",
    }
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        roles = roles_of(user.person)
        found["me"] = Person.objects.filter(id=user.person).first()
        found["may"] = {what: may(roles, what) for what in MAY}
        found["my_roles"] = sorted(roles)
    return found
