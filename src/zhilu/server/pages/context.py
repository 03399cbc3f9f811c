from __future__ import annotations

from typing import Any

from django.http import HttpRequest


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """What every template may use."""
    return {}
