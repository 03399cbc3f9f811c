"""Each program refuses what it cannot do in one plain line, exit 2, and leaves nothing half-made."""

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.loop import free_tcp_base, zhilu
from zhilu.demo import founding
from zhilu.demo.people import Cast
from zhilu.demo.place import Place

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(180)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A bureau whose programs all have their homes, and none of which runs."""
    folder = tmp_path_factory.mktemp("bureau")
    place = Place(folder / "work", folder / "kept", free_tcp_base())
    place.work.mkdir()
    place.logs.mkdir(parents=True)
    founding.make_authority(place)
    founding.make_homes(place, Cast(place))
    founding.issue_certificates(place)
    founding.write_trust(place)
    return place


def one_line(*words: object) -> str:
    """The one line with which a command refuses."""
    done = zhilu(*words)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.startswith(f"zhilu {words[0]}: ")
    return done.stderr


@pytest.fixture
def all_tcp_ports_taken(place: Place) -> Iterator[None]:
    taken = [socket.create_server(("127.0.0.1", tcp_port)) for tcp_port in place.tcp_ports]
    yield
    for listener in taken:
        listener.close()


@pytest.mark.usefixtures("all_tcp_ports_taken")
@pytest.mark.parametrize("program", ["server", "keyholder", "station"])
def test_a_tcp_port_in_use(place: Place, program: str) -> None:
    tcp_port = {"server": place.server_tcp, "keyholder": place.keyholder_tcp, "station": place.kiosk_tcp}
    assert str(tcp_port[program]) in one_line(program, "run", "--home", place.home(program))


@pytest.mark.parametrize("program", ["server", "keyholder", "station", "recorder"])
def test_no_home(tmp_path: Path, program: str) -> None:
    source = ("--source", "test", "--seconds", "1") if program == "recorder" else ()
    one_line(program, "run", "--home", tmp_path / "nothing", *source)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("program", ["server", "keyholder", "station", "recorder"])
def test_init_does_not_touch_a_home_that_is_there(place: Place, program: str) -> None:
    """Keys that were lost to a second `init` would be lost for good."""
    home = place.home(program)
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    one_line(program, "init", "--home", home, *options(place, program))
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def options(place: Place, program: str) -> list[object]:
    bureau = ["--bureau", "julu", "--domain", "localhost"]
    county = ["--server-url", "http://127.0.0.1:1", "--server-authority", "julu.localhost:1"]
    return {
        "recorder": ["--serial", "XT-0002"],
        "station": [
            *("--bureau", "julu", "--name", "x", "--tcp-port", "1", "--rp-id", "dock.localhost", *county),
            *("--origin", "http://s1.dock.localhost:1", "--bay", "127.0.0.1:1"),
        ],
        "server": [
            *("--tier", "county", *bureau, "--root", place.home("pki") / "root.pem", "--tcp-port", "1"),
            *("--keyholder-url", "http://127.0.0.1:1", "--keyholder-authority", "julu.view.localhost:1"),
        ],
        "keyholder": [
            *(*bureau, *county, "--tcp-port", "1", "--pin", place.work / "pin.json"),
            *("--escrow-out", place.work / "another-escrow.pem"),
        ],
    }[program]


def test_no_second_escrow_key_is_left_by_a_refused_init(place: Place) -> None:
    assert not (place.work / "another-escrow.pem").exists()


def test_papers_that_prove_nothing_are_not_adopted(place: Place, tmp_path: Path) -> None:
    """A recorder that was given the wrong papers takes on nothing."""
    home = tmp_path / "recorder"
    shutil.copytree(place.home("recorder"), home)
    (tmp_path / "entries.json").write_text("{}")
    papers = (
        "--cert",
        home / "tls.crt",
        "--roots",
        home / "roots.pem",
        "--entries",
        tmp_path / "entries.json",
    )
    before = sorted(home.iterdir())
    one_line("recorder", "adopt", "--home", home, "--trust", place.kept / "trust.json", *papers)
    assert sorted(home.iterdir()) == before


def test_a_recorder_that_was_not_adopted_records_nothing(place: Place) -> None:
    one_line("recorder", "run", "--home", place.home("recorder"), "--source", "test", "--seconds", "1")
    assert not list(place.home("recorder").glob("recordings/*"))
