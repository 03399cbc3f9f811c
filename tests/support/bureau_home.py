"""`python -m support.bureau_home FOLDER`: a served bureau of realistic size, and `visits.json` beside it: for
each persona the cookie of a signed-in browser, and of each page an address that opens.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from support import county_home


def fill(folder: Path) -> None:
    county_home.fill(folder / "home")
    from django.conf import settings

    from support import bureau, matrix
    from support.addresses import path_of
    from support.county_world import CountyWorld

    world = CountyWorld(settings.ZHILU)
    grown = bureau.grow(world)
    things = grown.things[bureau.OWN]
    name = settings.SESSION_COOKIE_NAME
    visits: dict[str, Any] = {
        "cookies": {one: [name, grown.client(one).cookies[name].value] for one in grown.people},
        "paths": {page: path_of(page, things) for page in matrix.PAGES},
        "own": {page: path_of(page, things) for page in matrix.EVERYBODY},
    }
    (folder / "visits.json").write_text(json.dumps(visits))


def make(folder: Path) -> Path:
    """A filled home below `folder`, made in a process of its own."""
    county_home.make_root(folder / "root.pem")
    county_home.init(folder / "home", 0, folder / "root.pem")
    county_home.filled_by("support.bureau_home", folder)
    return folder / "home"


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
