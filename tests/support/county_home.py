"""`python -m support.county_home HOME`: people, recordings, acts and viewings in a new home, to be served by
`zhilu server run --home HOME --no-work` and looked at.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from support import programs
from zhilu.encoding import format_time


def init(home: Path, tcp_port: int, root: Path, database: str = "") -> None:
    words = ["server", "init", "--home", home, "--bureau", "julu", "--domain", "example", "--root", root]
    words += ["--name-zh", "巨鹿县税务局", "--name-en", "Julu County Tax Service", "--tcp-port", tcp_port]
    words += ["--authority", "julu.example", "--keyholder-url", "http://127.0.0.1:9"]
    words += ["--keyholder-authority", "julu.view.example", "--database", database]
    words += ["--second-factor", "optional"]
    # A process of its own: Django is set up once in a process, and here for the home that comes of it.
    programs.run(
        [sys.executable, "-m", "zhilu.cli", *(str(word) for word in words)], check=True, capture_output=True
    )


def fill(home: Path) -> None:
    from zhilu.server.commands import boot

    config = boot.start(home)
    from support.county_world import RECORDING, CountyWorld
    from support.recordings import fixed_key
    from zhilu.pki.certificates import key_pem
    from zhilu.server.organisation.services.access import note
    from zhilu.server.organisation.services.accounts import set_account

    # The text key that the founding entries name, so that marks and positions open.
    config.text_key.write_bytes(key_pem(fixed_key("text")))
    world = CountyWorld(config)
    world.found()
    world.publish()
    world.store()
    more(world)
    world.register_credentials()
    viewing = world.view()
    world.release(viewing)
    act(world)
    imports(world, home.parent)
    missing(world)
    world.publish()
    for login, person in people(world).items():
        set_account(login, "Zhilu-2026!", person)
    for number in range(25):
        note(world.viewer.person and RECORDING, "GET", f"/recordings/{number}", True, "127.0.0.1")


def people(world: Any) -> dict[str, str]:
    from support.county_world import OFFICER, named_id

    return {
        "officer": OFFICER,
        "viewer": world.viewer.person,
        "system": str(named_id("system")),
        "security": world.admins[0].person,
        "audit": str(named_id("audit")),
    }


def more(world: Any) -> None:
    """Enough recordings for a second page of the list."""
    from support.county_world import OFFICER, named_id
    from support.recordings import START
    from zhilu.server.evidence.events import RecordingStored
    from zhilu.server.evidence.models import Recording
    from zhilu.server.ledger.services.commit import commit

    first = Recording.objects.get()
    for number in range(30):
        opened = START - timedelta(hours=5 * number + 3, minutes=7 * number)
        event = RecordingStored(
            recording=str(named_id(f"more {number}")),
            recorder=first.recorder,
            lines=40 + number,
            last=first.last,
            segments=30 + number,
            length=(30 + number) * 1_900_000,
            origin=("camera", "camera", "file", "test")[number % 4],
            drill=number % 9 == 5,
            officer=OFFICER if number % 3 else world.second_officer,
            policy=1,
            opened_at=format_time(opened),
            closed_at=format_time(opened + timedelta(minutes=11 + number)),
            handover=first.handover,
            officer_check="key",
            station=first.station,
            bay=1,
            closed_by="recovered" if number % 7 == 3 else "recording-closed",
            copies=1,
            marks=number % 3,
        )
        commit(event, first.station)


def imports(world: Any, folder: Path) -> None:
    """A film, a photo, a film that was cut short, and one that does not follow: the one before was taken
    away."""
    import contextlib
    import io

    from support import cards
    from support.county_world import OFFICER
    from support.import_world import ImportWorld

    card, station = folder / "card", ImportWorld(world, folder)
    card.mkdir()
    stem = "DSJ-X2_056789_20261124093012"
    film = cards.mov(card / f"{stem}_1.mov")
    cards.photo(card / f"{stem}_2.jpg")
    cards.cut(card / f"{stem}_3.mov", film, film.stat().st_size - 50)
    (card / f"{stem}_4.mp4").write_bytes(b"gone")
    (card / f"{stem}_5.mp4").write_bytes(b"last")
    with contextlib.redirect_stdout(io.StringIO()):
        assert station.run(card, OFFICER) == 0
    list(station.spool.imports())[3].remove()
    station.send()


def missing(world: Any) -> None:
    """A day on which power failed, a line was lost, a recording vanished, and the next one went on."""
    from support.lives import Life
    from support.recordings import START

    life = Life.going_on(world, 3, START + timedelta(hours=1))
    life.boot()
    life.record("vanished", minutes=2)
    life.raised()
    life.pass_time(minutes=20)
    broken = life.open("broken off")
    life.segment(broken, position=True)
    life.minute(broken)
    life.mark(broken, "当事人出示账簿")
    life.gap(broken, 12_000_000, 31_000_000)
    life.quality(broken, 60_000_000, 240_000_000, "black")
    life.quality(broken, 300_000_000, 372_000_000, "silent")
    life.mark(broken, "")
    life.segment(broken, position=True)
    until = life.time
    life.pass_time(minutes=3)
    life.recover(broken)
    life.boot()
    life.record("goes on", follows={"id": str(broken.id), "until": until})
    kept = life.films[1:]
    docking = life.dock(offered=kept)
    docking.arrive()
    for film in kept[::-1]:
        assert docking.bring(film).status_code == 200


def act(world: Any) -> None:
    from uuid import UUID

    from support.county_world import OFFICER, RECORDING
    from zhilu.server.evidence.models import Act
    from zhilu.server.evidence.rules import Span
    from zhilu.server.evidence.services import acts

    by = UUID(OFFICER)
    spans = [Span(str(RECORDING), 0, 3_000_000)]
    made = acts.open_act(by, "H04", [OFFICER, world.second_officer], "巨鹿县宏达机械配件厂", spans)
    texts = {
        "time": "2026-11-24 18:40:05",
        "place": "巨鹿县新华北街 18 号厂区办公室",
        "persons": "张建国、马超、厂方负责人李某",
    }
    acts.file_statement(by, Act.objects.get(id=made), 0, texts)
    texts |= {
        "event": "送达《税务处理决定书》",
        "cause": "2025 年度少列收入,检查已结案",
        "course": "出示税务检查证,宣读决定内容,告知救济途径和缴款期限;负责人当场核对后签收送达回证。",
    }
    acts.file_statement(by, Act.objects.get(id=made), 1, texts)
    acts.open_act(by, "C01", [OFFICER], "王虎寨镇仓储有限公司", spans)


def make_root(path: Path) -> None:
    """Any certificate does: the server only hands its digest on."""
    key = generate_private_key(SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "TEST root")])
    at = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(at).not_valid_after(at + timedelta(days=3650))
    path.write_bytes(builder.sign(key, SHA256()).public_bytes(Encoding.PEM))


def make(folder: Path, tcp_port: int = 0, database: str = "") -> Path:
    """A filled home below `folder`, made in a process of its own."""
    make_root(folder / "root.pem")
    init(folder / "home", tcp_port, folder / "root.pem", database)
    filled_by("support.county_home", folder / "home")
    return folder / "home"


def filled_by(module: str, target: Path) -> None:
    """By a process of its own: Django is set up once in a process."""
    environ = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    for name in ("DJANGO_SETTINGS_MODULE", "ZHILU_SERVER_HOME", "ZHILU_TEST_DATABASE_URL"):
        environ.pop(name, None)
    command = [sys.executable, "-m", module, str(target)]
    done = programs.run(command, capture_output=True, text=True, env=environ)
    assert done.returncode == 0, done.stderr


def zhilu(*words: object, lang: str = "en", **more: Any) -> subprocess.CompletedProcess[str]:
    """`zhilu server …` as a process, as an operator runs it."""
    environ = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "ZHILU_"))
    }
    command = [sys.executable, "-m", "zhilu.cli", "--lang", lang, "server", *(str(word) for word in words)]
    return programs.run(command, capture_output=True, text=True, env=environ, timeout=500, **more)


if __name__ == "__main__":
    fill(Path(sys.argv[1]))
