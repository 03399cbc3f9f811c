"""After the road: what to try by hand, and the acted people who go on helping until Ctrl-C."""

import sys
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from zhilu.demo.docking import Kiosk
from zhilu.demo.processes import memory
from zhilu.demo.story import Story
from zhilu.demo.table import table
from zhilu.demo.together import Stories
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
    "supervisor": N_("supervisor"),
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


def addresses(stories: Stories) -> str:
    """Addresses, accounts, and the command that records once more."""
    live = stories.live
    place = live.place
    # As it stands: the .venv need not be on the reader's PATH.
    zhilu = Path(sys.executable).with_name("zhilu")
    again = (
        f"{zhilu} recorder run --home {place.home('recorder')} "
        f"--source test --seconds 20 --realtime --dock {place.dock}"
    )
    return "\n".join(
        (
            _("To try by hand (a Chromium on this machine resolves these names)"),
            table([row for one in stories.everybody for row in _places(one)]),
            table(_more_places(live)),
            *(line for one in stories.everybody for line in _accounts(one)),
            "",
            _("Record once more, in another terminal:"),
            f"  {again}",
            "",
            *own_key(live),
            *_scene(stories, zhilu),
            "",
            _(
                "The acted officer {officer} hands over at the kiosk, the two administrators witness your"
            ).format(officer=live.cast.officer.name),
            _("viewing key, the acted approver approves what you ask to view."),
            _("Ctrl-C ends everything."),
        )
    )


def _places(story: Story) -> Iterator[tuple[str, str, str]]:
    place = story.place
    tier = _("City platform") if place.tier == "city" else _("County platform")
    yield place.title, tier, f"http://{place.server_authority}/"
    yield "", _("Viewing room"), f"{place.room_origin}/"
    if place.tier == "county":
        yield "", _("Kiosk of the collection station"), f"{place.kiosk_origin}/"


def _more_places(live: Story) -> list[tuple[str, str]]:
    place = live.place
    return [
        (
            _("Register a security key of your own"),
            f"{place.room_origin}/register?person={live.cast.viewer.id}",
        ),
        (_("Evidence, trust document, logs"), f"{place.kept}{_kept(live)}"),
    ]


def _accounts(story: Story) -> tuple[str, str]:
    accounts = [
        (person.login, person.password, person.name, _(", ").join(_(ROLES[role]) for role in person.roles))
        for person in story.cast.with_logins
    ]
    told = _("Accounts: {bureau} (login, password, name, roles)")
    return f"\n{told.format(bureau=story.place.title)}", table(accounts)


def _scene(stories: Stories, zhilu: Path) -> tuple[str, ...]:
    if stories.city is None:
        return ()
    folder = stories.city.place.work.parent
    return (
        "",
        _("Edit a county's database past its ledger, and let the city find it, in another terminal:"),
        f"  {zhilu} demo tamper {folder}",
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


def serve(stories: Stories) -> None:
    """Until Ctrl-C: officers answer their kiosks, administrators witness, approvers approve."""
    acting = [Acting(one) for one in stories.counties]
    while True:
        for one in stories.everybody:
            for name in ("server", "keyholder", *(("station",) if one in stories.counties else ())):
                one.programs.check_alive(one.place.name(name))
        for troupe in acting:
            troupe.act()
        time.sleep(PAUSE_SECONDS)


class Acting:
    """The acted people of a county."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.kiosk = Kiosk(story.place, story.cast.officer, lambda: None)
        self.admins = [Room(story.place, admin) for admin in story.cast.admins]
        self.approvers = [Room(story.place, story.cast.holder(one)) for one in story.cast.approvers]
        # What waited before is left to whoever signs in to decide it.
        waiting = (room.api.get("/api/viewings")["to_decide"] for room in self.approvers)
        self.left = {one["viewing"] for found in waiting for one in found}

    def act(self) -> None:
        """What a person at the keyboard does meanwhile must not end the demo."""
        with suppress(ZhiluError):
            if self.kiosk.waits_for_us():
                self.kiosk.touch_key()
                print(f"  {_('The acted officer has touched the key at bay 1.')}", flush=True)
        with suppress(ZhiluError):
            witness_all(self.story, self.admins)
        with suppress(ZhiluError):
            for approver in self.approvers:
                approve_all(approver, self.left)


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
