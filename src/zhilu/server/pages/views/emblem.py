from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

KINDS = {"emblem.svg": "image/svg+xml", "emblem.png": "image/png"}
LARGEST = 262_144
OURS = Path(__file__).resolve().parents[2] / "static/zhilu/emblem.svg"


@require_safe
def emblem(request: HttpRequest) -> HttpResponse:
    """The bureau's emblem out of the server's home, else ours. A picture and nothing more: what it holds of
    scripts does not run, also where it is opened by itself.
    """
    own = [settings.ZHILU.home / name for name in KINDS]
    found = next((one for one in own if one.is_file() and one.stat().st_size <= LARGEST), OURS)
    answer = HttpResponse(found.read_bytes(), content_type=KINDS[found.name])
    answer["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "max-age=300"
    return answer


urls = [path("emblem", emblem, name="emblem")]
