"""After the road: what to try by hand, and the acted people who go on helping until Ctrl-C."""

import sys
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from zhilu.demo.docking import Kiosk
from zhilu.demo.processes import memory
from zhilu.demo.story import Story
from zhilu.demo.table import table
from zhilu.demo.viewing import Room, witness
from zhilu.encoding import unb64u
from zhilu.errors import ZhiluError
from zhilu.i18n import N_, _

PAUSE_SECONDS = 1.0
ROLES = {
    "officer": N_("officer"),
    "viewer": N_("viewer"),
    "approver": N_("approver"),
    "leader": N_("bureau leader"),
    "security-administrator": N_("security administrator"),
    "system-administrator": N_("system administrator"),
    "audit-administrator": N_("audit administrator"),
    "unit-head": N_("head of a unit"),
    "equipment-keeper": N_("equipment keeper"),
    "trainer": N_("trainer"),
    "legal-editor": N_("legal editor"),
}


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
        (_("Kiosk of the collection station"), f"{place.kiosk_origin}/"),
        (_("Evidence, trust document, logs"), f"{place.kept}{_kept(story)}"),
    ]
    accounts = [
        (person.login, person.password, person.name, ", ".join(_(ROLES[role]) for role in person.roles))
        for person in story.cast.with_logins
    ]
    # As it stands: the .venv need not be on the reader's PATH.
    zhilu = Path(sys.executable).with_name("zhilu")
    again = (
        f"{zhilu} recorder run --home {place.home('recorder')} "
        f"--source test --seconds 20 --realtime --dock {place.dock}"
    )
    return "\n".join(
        (
            _("To try by hand (a Chromium on this machine resolves these names)"),
            table(rows),
            _("Accounts of the county platform (login, password, name, roles)"),
            table(accounts),
            _("Record once more, in another terminal:"),
            f"  {again}",
            *own_key(story),
            _(
                "The acted officer {officer} hands over at the kiosk, the two administrators witness your"
            ).format(officer=story.cast.officer.name),
            _("viewing key, the acted approver approves what you ask to view."),
            _("Ctrl-C ends everything."),
        )
    )


def own_key(story: Story) -> tuple[str, ...]:
    """How a visitor signs at the kiosk: the acted people's keys are software, in this process."""
    cast = story.cast
    names = {
        "officer": cast.officer.name,
        "colleague": cast.colleague.name,
        "keeper": cast.keeper.name,
        "system": cast.system.login,
    }
    steps = (
        _("Manage, Register a security key: for {officer}, {colleague} or {keeper}. A number is shown."),
        _("On the platform, signed in as {system}: Dock keys, type that number."),
        _("After a minute the key signs there: {officer}'s statement; {keeper}'s assignment to {colleague},"),
        _("who then hands over the next recording in person (nobody acts {colleague})."),
    )
    said = [step.format(**names) for step in steps]
    return (
        _("Sign at the kiosk with a security key of your own"),
        _("(or a virtual one: Chromium's DevTools, More tools, WebAuthn, ctap2 with user verification):"),
        *(f"  {number} {step}" for number, step in zip(("1.", "2.", "3.", "  "), said, strict=True)),
    )


def _kept(story: Story) -> str:
    """Whether it will still be there afterwards."""
    in_work = story.place.kept.is_relative_to(story.place.work)
    return _("  (removed at the end; --keep DIR keeps it)") if in_work else ""


def serve(story: Story) -> None:
    """Until Ctrl-C: the officer answers the kiosk, the administrators witness, the approver approves."""
    kiosk = Kiosk(story.place, story.cast.officer, lambda: None)
    room = [Room(story.place, admin) for admin in story.cast.admins]
    approvers = [Room(story.place, story.cast.holder(one)) for one in story.cast.approvers]
    # What waited before is left to whoever signs in to decide it.
    left = {one["viewing"] for room in approvers for one in room.api.get("/api/viewings")["to_decide"]}
    while True:
        for name in ("server", "keyholder", "station"):
            story.programs.check_alive(name)
        # What a person at the keyboard does meanwhile must not end the demo.
        with suppress(ZhiluError):
            if kiosk.waits_for_us():
                kiosk.touch_key()
                print(f"  {_('The acted officer has touched the key at bay 1.')}", flush=True)
        with suppress(ZhiluError):
            witness_all(story, room)
        with suppress(ZhiluError):
            for approver in approvers:
                approve_all(approver, left)
        time.sleep(PAUSE_SECONDS)


def witness_all(story: Story, rooms: list[Room]) -> None:
    pending = rooms[0].api.get("/api/registrations")["pending"]
    for registration in pending:
        signed = {entry["credential"] for entry in registration["witnesses"]}
        for room in rooms:
            if room.session["credential"] not in signed:
                witness(room, registration["registration_id"], unb64u(registration["registration"]))
        print(f"  {_('The two acted administrators have witnessed a security key.')}", flush=True)


def approve_all(room: Room, left: Collection[str] = ()) -> None:
    for asked in room.api.get("/api/viewings")["to_decide"]:
        if asked["viewing"] in left:
            continue
        decision = room.holder.decision(unb64u(asked["request"]), datetime.now(UTC))
        room.api.post(f"/api/viewings/{asked['viewing']}/decision", decision)
        print(f"  {_('The acted approver has approved a viewing.')}", flush=True)
