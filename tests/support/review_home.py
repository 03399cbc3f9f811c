"""`python -m support.review_home FOLDER`: a served bureau where what was drawn in the section was released to
its supervisor: two chosen ones, and a random draw that was made. `reviews.json`: cookies and addresses.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

from support import county_home


def fill(folder: Path) -> None:
    county_home.fill(folder / "home")
    from django.conf import settings

    from support import bureau
    from support import footage_reviews as reviews
    from support.bureau import OTHER, person_of
    from support.county_world import OFFICER, SECTION, CountyWorld
    from zhilu.server.evidence.models import Recording
    from zhilu.server.oversight.models import Drawn
    from zhilu.server.oversight.services import reviewing

    me, world = UUID(person_of("supervisor")), CountyWorld(settings.ZHILU)
    grown = bureau.grow(world)
    people, name = grown.people, settings.SESSION_COOKIE_NAME
    since, until = reviews.PERIOD
    found = Recording.objects.filter(department=SECTION, officer=OFFICER, drill=False, acts=0)
    found = found.filter(opened_at__gte=since, opened_at__lt=until)
    ids = list(found.values_list("id", flat=True)[:2])
    reviewing.target(me, "officer", OFFICER, reviews.PERIOD, ids, 0)
    draw = reviews.made(grown, world, sample=(6, None))
    reviewing.announce(UUID(people["supervisor*"]), [UUID(OTHER)], reviews.PERIOD, (None, 20), 10)
    rows = list(Drawn.objects.filter(department=SECTION).order_by("-at", "-id"))
    for one in rows:
        reviews.released(me, one.recording)
    done = list(draw.drawn.order_by("place"))
    reviews.filed(me, done[0], "civil-language", comment="对纳税人语气生硬，应先说明来意。")
    reviews.filed(UUID(people["supervisor*"]), done[0], "civil-language", comment="同意。")
    reviews.filed(me, done[1])
    waits = [f"/footage-reviews/{one.recording}/{one.draw_id}" for one in rows if one.draw_id != draw.id]
    extra: dict[str, Any] = {
        "waits": waits,
        "draw": f"/footage-reviews/draws/{draw.id}",
        "reviewed": _path(done[0]),
    }
    extra["cookies"] = {one: [name, grown.client(one).cookies[name].value] for one in people}
    (folder / "reviews.json").write_text(json.dumps(extra))


def _path(drawn: Any) -> str:
    return f"/footage-reviews/{drawn.recording}/{drawn.draw_id}"


def make(folder: Path) -> Path:
    """A filled home below `folder`, made in a process of its own."""
    county_home.make_root(folder / "root.pem")
    county_home.init(folder / "home", 0, folder / "root.pem")
    county_home.filled_by("support.review_home", folder)
    return folder / "home"


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
