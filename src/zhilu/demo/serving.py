"""After the road: what to try by hand, and the acted people who go on helping until Ctrl-C."""

import sys
import time
from contextlib import suppress
from pathlib import Path

from zhilu.demo.docking import Kiosk
from zhilu.demo.processes import memory
from zhilu.demo.story import Story
from zhilu.demo.table import table
from zhilu.demo.viewing import Room, witness
from zhilu.encoding import unb64u
from zhilu.errors import ZhiluError
from zhilu.i18n import _

PAUSE_SECONDS = 1.0


def proved(story: Story) -> str:
    rows = [("✓", proof.what, proof.figure) for proof in story.proofs]
    return f"\n{_('Proved just now')}\n{table(rows)}\n"


def memory_lines() -> str:
    """For the benchmark to read: one line a program."""
    return "\n".join(f"memory {name} {peak:.1f} MB" for name, peak in sorted(memory.peaks.items()))


def addresses(story: Story) -> str:
    """Addresses, accounts, and the command that records once more."""
    place = story.place
    server = f"http://{place.server_authority}/"
    rows = [
        (_("County platform"), server),
        (_("Viewing room"), f"{place.room_origin}/"),
        (
            _("Register a security key of your own"),
            f"{place.room_origin}/register?person={story.cast.viewer.id}",
        ),
        (
            _("Register another as the approver (tick Approver)"),
            f"{place.room_origin}/register?person={story.cast.approver.id}",
        ),
        (_("Kiosk of the collection station"), f"{place.kiosk_origin}/"),
        (_("Evidence, trust document, logs"), str(place.kept)),
    ]
    accounts = [
        (person.login, person.password, person.name, ", ".join(person.roles))
        for person in story.cast.everybody
    ]
    # As it stands: the .venv need not be on the reader's PATH.
    zhilu = Path(sys.executable).with_name("zhilu")
    again = (
        f"{zhilu} recorder run --home {place.home('recorder')} "
        f"--source test --seconds 20 --dock {place.dock}"
    )
    return "\n".join(
        (
            _("To try by hand (a Chromium on this machine resolves these names)"),
            table(rows),
            _("Accounts of the county platform (login, password, name, roles)"),
            table(accounts),
            _("Record once more, in another terminal:"),
            f"  {again}",
            _("The acted officer answers at the kiosk, the two administrators witness your key."),
            _("Ctrl-C ends everything."),
        )
    )


def serve(story: Story) -> None:
    """Until Ctrl-C: the officer answers the kiosk, the administrators witness what is asked of them."""
    kiosk = Kiosk(story.place, story.cast.officer, lambda: None)
    room = [Room(story.place, admin) for admin in story.cast.admins]
    while True:
        for name in ("server", "keyholder", "station"):
            story.programs.check_alive(name)
        # What a person at the keyboard does meanwhile must not end the demo.
        with suppress(ZhiluError):
            if kiosk.bay()["phase"] == "waiting-officer":
                kiosk.touch_key()
                print(f"  {_('The acted officer has touched the key at bay 1.')}", flush=True)
        with suppress(ZhiluError):
            witness_all(story, room)
        time.sleep(PAUSE_SECONDS)


def witness_all(story: Story, rooms: list[Room]) -> None:
    pending = rooms[0].api.get("/api/registrations")["pending"]
    for registration in pending:
        signed = {entry["credential"] for entry in registration["witnesses"]}
        for room in rooms:
            if room.session["credential"] not in signed:
                witness(room, registration["registration_id"], unb64u(registration["registration"]))
        print(f"  {_('The two acted administrators have witnessed a security key.')}", flush=True)
