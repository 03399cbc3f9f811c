"""The city and its counties together: all of them started, one recording in one county, what the city knows
of it, and what it finds when a county's administrator edits past the ledger.
"""

import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from zhilu.demo import proofs, story, tampering
from zhilu.demo.place import Place
from zhilu.demo.proofs import Proof
from zhilu.demo.story import Story
from zhilu.errors import WorldError
from zhilu.i18n import _

FOLLOW_SECONDS, LOOK_SECONDS = 180, 0.3


@dataclass(frozen=True)
class Stories:
    """`live`: the county of the recording; `others`: counties beside it; `city`: over them all, or none."""

    live: Story
    others: tuple[Story, ...] = ()
    city: Story | None = None

    @property
    def counties(self) -> tuple[Story, ...]:
        return (self.live, *self.others)

    @property
    def everybody(self) -> tuple[Story, ...]:
        return self.counties if self.city is None else (*self.counties, self.city)


def tell(stories: Stories, city: Story) -> None:
    live = stories.live
    live.more_escrows = (city.place.kept / "escrow-key.pem",)
    live.tell(
        _("City and three counties started, a recorder switched on"), lambda _live: start(stories, city)
    )
    live.tell(_("Recording"), story.wait_until_docked)
    live.tell(_("Handover, collection, receipt, clearing"), story.dock)
    live.tell(_("Viewing requested and approved"), story.ask_to_view)
    live.tell(_("Key released to the viewer's browser: verified, decrypted, played"), story.view)
    live.tell(
        _("The city reads, cosigns and applies the counties' ledgers"), lambda _live: follow(stories, city)
    )
    county = stories.others[0]
    with tampering.edited(county.place) as edit:
        compared = tampering.begin_comparing(city.place, county.place, live.place.logs / "tamper.log")
        live.tell(_("Evidence written out"), story.write_out)
        live.tell(
            _("Evidence checked, also altered; the picture looked for elsewhere"),
            lambda one: check(one, city),
        )
        live.tell(
            _("A county's administrator has edited a row and an entry past the ledger; the city compares"),
            lambda _live: found(edit, compared(), live),
        )


def start(stories: Stories, city: Story) -> str:
    """The county of the recording first; while it is filmed, the others."""
    live, rest = stories.live, (city, *stories.others)
    _begin(live)
    _wait_for(live)
    story.start_recorder(live)
    for one in rest:
        _begin(one)
    for one in rest:
        _wait_for(one)
    return story.whose_keyholder(live)


def _begin(one: Story) -> None:
    """All its programs at once: each goes on when those that it needs are there."""
    story.begin_server(one)
    story.begin_keyholder(one)
    if one.place.tier == "county":
        story.begin_station(one)


def _wait_for(one: Story) -> None:
    story.wait_for_server(one)
    story.wait_for_keyholder(one)
    if one.place.tier == "county":
        story.wait_for_station(one)


def follow(stories: Stories, city: Story) -> str:
    """Until the city has all that the counties published, and the row of what was just recorded."""
    until = time.monotonic() + FOLLOW_SECONDS
    while not (_follows(city.place) and _knows(city.place, stories.live)):
        city.programs.check_alive(city.place.name("server"))
        if time.monotonic() > until:
            raise WorldError("demo-follow", "The city did not catch up: {states}", states=_states(city.place))
        time.sleep(LOOK_SECONDS)
    entries = sum(applied for _bureau, _state, applied in _states(city.place))
    figure = _("{count} entries").format(count=f"{entries:,}")
    stories.live.prove(Proof(_("The city has proved, cosigned and applied what its counties say"), figure))
    return _("{count} entries").format(count=f"{entries:,}")


def check(live: Story, city: Story) -> None:
    story.check(live)
    live.prove(_no_media_at(city.place, live.place.kept))


def _no_media_at(city: Place, kept: Path) -> Proof:
    home = [city.home("server")]
    proofs.none_of(kept / "recording/media.sealed", home)
    files = proofs.none_of(kept / "played.mp4", home)
    figure = _("{files} files").format(files=files)
    return Proof(_("No piece of the picture is at the city, in the clear or sealed"), figure)


def _follows(city: Place) -> bool:
    """Of every county that has joined."""
    states = _states(city)
    return bool(states) and all(state == "following" for _bureau, state, _applied in states)


def _states(city: Place) -> list[tuple[str, str, int]]:
    asked = "SELECT j.bureau, coalesce(w.state, 'new'), coalesce(w.applied, 0)"
    tables = " FROM federation_joined j LEFT JOIN federation_watch w ON w.bureau = j.bureau"
    with _reading(city, "db.sqlite3") as database:
        return database.execute(asked + tables).fetchall()


def _knows(city: Place, live: Story) -> bool:
    with _reading(city, f"mirrors/{live.place.bureau}.sqlite3") as mirror:
        asked = "SELECT 1 FROM evidence_recording WHERE id = ?"
        return mirror.execute(asked, [UUID(live.recording).hex]).fetchone() is not None


def _reading(city: Place, name: str) -> "closing[sqlite3.Connection]":
    path = city.home("server") / name
    return closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30))


def found(edit: tampering.Edit, lines: list[str], live: Story) -> str:
    row, entry = proofs.the(lines, edit.row), proofs.the(lines, edit.entry)
    live.prove(Proof(_("A county's administrator edits a row past the ledger: the city names it"), row))
    live.prove(Proof(_("He edits the entry behind it too: the city names that"), entry))
    return edit.said
