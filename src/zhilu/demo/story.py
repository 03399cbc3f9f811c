"""The demo from the first key to the last table: each step is one function and one line on the terminal."""

import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhilu.demo import founding, proofs
from zhilu.demo.docking import DONE, Kiosk
from zhilu.demo.http import Api
from zhilu.demo.people import Cast, Troupe
from zhilu.demo.place import Place, keyholder_user
from zhilu.demo.processes import Programs, run
from zhilu.demo.proofs import Proof
from zhilu.encoding import unb64u
from zhilu.errors import DataError, WorldError
from zhilu.i18n import _

if TYPE_CHECKING:
    from zhilu.browser.runner import Played
    from zhilu.demo.viewing import Viewing

KEYHOLDER_SECONDS = 60
CITY_SECONDS = 120


@dataclass
class Wishes:
    """What the caller asked for. `source`: a file or "test"; `player`: auto, chromium or node."""

    source: str
    seconds: int
    realtime: bool
    player: str


@dataclass
class Story:
    """What happened so far."""

    place: Place
    cast: Troupe
    programs: Programs
    wishes: Wishes
    began: float = field(default_factory=time.monotonic)
    proofs: list[Proof] = field(default_factory=list)
    recording: str = ""
    trust_digest: str = ""
    viewing: "Viewing | None" = None
    more_escrows: tuple[Path, ...] = ()
    """Beside the county's own, where the policy shares its keys."""
    step: str = ""

    def tell(self, step: str, work: Callable[["Story"], str | None]) -> None:
        """One step: its name at once, its outcome and the time when it is done."""
        self.step = step
        begun = time.monotonic()
        print(f"  {step} …", end="", flush=True)
        outcome = work(self)
        print(f" {outcome or _('done')} ({time.monotonic() - begun:.1f} s)", flush=True)

    def prove(self, proof: Proof | None) -> None:
        if proof is not None:
            self.proofs.append(proof)


def tell_all(story: Story) -> None:
    """The whole road, once, from nothing."""
    story.tell(_("Certificates and keys"), make_keys)
    story.tell(_("Ledger founded, county server and keyholder started"), start_county)
    story.tell(_("Security keys registered, each with two witnesses"), register_keys)
    story.tell(_("Collection station started, recorder enrolled"), adopt_and_start_station)
    tell_recording(story)


def tell_recording(story: Story) -> None:
    """One recording, from the camera to the viewer."""
    story.tell(_("Recording"), record)
    story.tell(_("Handover, collection, receipt, clearing"), dock)
    story.tell(_("Viewing requested and approved"), ask_to_view)
    story.tell(_("Key released to the viewer's browser: verified, decrypted, played"), view)
    story.tell(_("Evidence written out"), write_out)
    story.tell(_("Evidence checked, also altered; the picture looked for elsewhere"), check)


def make_keys(story: Story) -> None:
    assert isinstance(story.cast, Cast)
    founding.make_authority(story.place)
    founding.make_homes(story.place, story.cast)
    founding.issue_certificates(story.place)
    story.trust_digest = founding.write_trust(story.place)
    founding.found_the_ledger(story.place, story.cast)


def start_county(story: Story) -> str:
    start_server(story)
    start_keyholder(story)
    return whose_keyholder(story)


def whose_keyholder(story: Story) -> str:
    uid = story.programs.user(story.place.name("keyholder"))
    if uid == os.geteuid():
        return _("the keyholder runs as the same user as the server: not so in earnest")
    return _("the keyholder runs as a user of its own, {uid}").format(uid=uid)


def start_server(story: Story) -> None:
    begin_server(story)
    wait_for_server(story)


def begin_server(story: Story) -> None:
    place = story.place
    story.programs.start(place.name("server"), "server", "run", "--home", place.home("server"))


def wait_for_server(story: Story) -> None:
    place, name = story.place, story.place.name("server")
    server = Api(place.server_tcp, place.server_authority)
    story.programs.wait_listening(name, place.server_tcp)
    story.programs.wait_ready(name, lambda: server.up("/ledger/checkpoint"))


def start_keyholder(story: Story) -> None:
    begin_keyholder(story)
    wait_for_keyholder(story)


def begin_keyholder(story: Story) -> None:
    place = story.place
    uid = keyholder_user(place)
    user: tuple[str, ...] = ()
    if uid is not None:
        founding.give_home_to(place.home("keyholder"), uid)
        user = ("--user", str(uid))
    home = place.home("keyholder")
    story.programs.start(place.name("keyholder"), "keyholder", "run", "--home", home, *user)


def wait_for_keyholder(story: Story) -> None:
    place, name = story.place, story.place.name("keyholder")
    room = Api(place.keyholder_tcp, place.room_authority)
    story.programs.wait_listening(name, place.keyholder_tcp)
    story.programs.wait_ready(name, lambda: room.up("/api/info"))


def register_keys(story: Story) -> None:
    from zhilu.demo.viewing import register

    wait_for_checkpoint(story)
    for person in (story.cast.viewer, story.cast.approver):
        register(story.place, story.cast, person)


def wait_for_checkpoint(story: Story) -> None:
    """The founding entries count once they are cosigned."""
    server = Api(story.place.server_tcp, story.place.server_authority)
    story.programs.wait_ready(
        story.place.name("keyholder"),
        lambda: server._request("GET", "/ledger/checkpoint", None).is_success,
        KEYHOLDER_SECONDS,
    )


def adopt_and_start_station(story: Story) -> None:
    founding.adopt(story.place)
    start_station(story)


def start_station(story: Story) -> None:
    wait_for_checkpoint(story)
    begin_station(story)
    wait_for_station(story)


def begin_station(story: Story) -> None:
    place = story.place
    story.programs.start(place.name("station"), "station", "run", "--home", place.home("station"))


def wait_for_station(story: Story) -> None:
    place = story.place
    kiosk = Api(place.kiosk_tcp, place.kiosk_authority)
    story.programs.wait_listening(place.name("station"), place.kiosk_tcp)
    story.programs.wait_ready(place.name("station"), lambda: kiosk.up("/api/state"))


def record(story: Story) -> str:
    start_recorder(story)
    return wait_until_docked(story)


def wait_until_docked(story: Story) -> str:
    """Until the recorder stands in the bay; a long file takes as long as it takes."""
    kiosk = Kiosk(story.place, story.cast.officer, lambda: story.programs.check_alive("recorder"))
    while kiosk.bay()["phase"] == "empty":
        kiosk.check()
        time.sleep(0.1)
    closed = newest_recording(story.place)
    story.recording = closed["id"]
    return _("{segments} segments, {length} B").format(
        segments=closed["segments"], length=f"{closed['length']:,}"
    )


def start_recorder(story: Story) -> None:
    wishes = story.wishes
    words = ["--source", wishes.source, "--dock", story.place.dock]
    if wishes.source == "test":
        words += ["--seconds", str(wishes.seconds)]
    # A scene is generated as it would be shot: its clock shows the time. A file is read as fast as it reads.
    if wishes.realtime or wishes.source == "test":
        words.append("--realtime")
    story.programs.start("recorder", "recorder", "run", "--home", story.place.home("recorder"), *words)


def newest_recording(place: Place) -> dict[str, Any]:
    """The `recording-closed` line of the newest recording."""
    closed = [line for line in logbook(place) if line["type"] == "recording-closed"]
    if not closed:
        raise WorldError("demo-recording", "The recorder's logbook holds no closed recording.")
    return closed[-1]


def has_cleared(place: Place, recording: str) -> bool:
    """The recorder itself says that it took the receipt as proof."""
    return any(line["type"] == "cleared" and line["id"] == recording for line in logbook(place))


def logbook(place: Place) -> list[dict[str, Any]]:
    """The payloads of the recorder's logbook: read here, verified elsewhere."""
    lines = (place.home("recorder") / "logbook.jws").read_bytes().splitlines()
    return [json.loads(unb64u(line.split(b".")[1].decode())) for line in lines]


def dock(story: Story) -> str:
    kiosk = Kiosk(
        story.place, story.cast.officer, lambda: story.programs.check_alive(story.place.name("station"))
    )
    kiosk.wait_for("waiting-officer")
    kiosk.touch_key()
    bay = kiosk.wait_for(*DONE)
    story.programs.wait_end("recorder", 60)
    if not has_cleared(story.place, story.recording):
        raise DataError("proof", "The proof {proof} failed.", proof="cleared")
    return f"{bay['bytes_total']:,} B"


def ask_to_view(story: Story) -> None:
    from zhilu.demo.viewing import Viewing, wait_until_known

    last = wait_until_known(story.place, story.cast, story.recording)
    viewing = story.viewing = Viewing(story.place, story.cast, story.recording, last)
    viewing.request()
    status, code = viewing.refused_release(story.cast.holder(story.cast.viewer))
    proofs.must(status == 409, "not-approved")
    story.prove(Proof(_("Key asked for before a second person approved: refused"), f"{status} {code}"))
    viewing.approve()
    status, code = viewing.refused_release(story.cast.holder(story.cast.approver))
    proofs.must(status in (401, 403), "other-key")
    story.prove(Proof(_("Key asked for with another person's security key: refused"), f"{status} {code}"))


def view(story: Story) -> str:
    assert story.viewing is not None
    played = _played(story, story.viewing)
    what = _("Verified and decrypted by the page's own modules in {engine}").format(engine=played.engine)
    story.prove(Proof(what, _("{count} segments").format(count=played.segments)))
    return played.engine


def _played(story: Story, viewing: "Viewing") -> "Played":
    """A city that has just started gives no share before its mirror has come as far as the ledger."""
    until = time.monotonic() + CITY_SECONDS
    while True:
        try:
            return viewing.play(story.place.kept / "played.mp4", story.wishes.player)
        except WorldError as error:
            if error.code != "city-refused" or time.monotonic() > until:
                raise
        time.sleep(1)


def write_out(story: Story) -> None:
    place = story.place
    run(
        *("server", "evidence", "--home", place.home("server"), "--recording", story.recording),
        *("--out", place.kept),
        log=place.logs / "evidence.log",
    )


def check(story: Story) -> None:
    place = story.place
    story.prove(proofs.sound_and_anchored(place))
    story.prove(proofs.one_bit_is_seen(place))
    story.prove(proofs.escrow_opens_the_same(place, (place.kept / "escrow-key.pem", *story.more_escrows)))
    if story.wishes.source != "test":
        story.prove(proofs.source_comes_out(Path(story.wishes.source), place.kept / "played.mp4"))
    story.prove(proofs.only_ciphertext_outside(place))
