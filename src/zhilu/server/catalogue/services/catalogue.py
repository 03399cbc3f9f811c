"""The catalogue that a new bureau starts with. Its values are composed, no official list: change them by a
new version.
"""

from __future__ import annotations

import json
from pathlib import Path

from zhilu.server.catalogue.events import CatalogueSet
from zhilu.server.catalogue.models import Catalogue, Procedure

FILE = Path(__file__).resolve().parent.parent / "procedures.json"


def first_version() -> CatalogueSet:
    data = json.loads(FILE.read_text(encoding="utf-8"))
    return CatalogueSet(version=data["version"], classes=data["classes"], procedures=data["procedures"])


def classes() -> dict[str, str]:
    """Names of the classes, by code, as the newest catalogue has them."""
    newest = Catalogue.objects.order_by("-version").first()
    return dict(newest.classes) if newest else {}


def current() -> list[Procedure]:
    return list(Procedure.objects.filter(is_current=True).order_by("place"))
