"""nginx with the files of deploy/county before a served county and a keyholder's room: the real programs, TLS
with a certificate of today.
"""

from __future__ import annotations

import json
import pickle
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from support import backup_world, county_home, programs
from support.backup_world import sql
from support.county_world import AUTHORITY, PASSWORD, Film
from support.front import CALLER, Front
from support.patience import said, until
from support.ports import free_tcp_port
from support.recordings import RECORDING
from support.recordings import test_key as named_key
from zhilu.protocols.httpsig import sign_request
from zhilu.protocols.intake import JOURNAL_LIMIT, SEGMENT_LIMIT
from zhilu.sealed.keys import SoftSigner

pytestmark = pytest.mark.timeout(600)
PATH = f"/intake/recordings/{RECORDING}"
CLIENT, OTHER = "127.0.0.5", "127.0.0.9"


@dataclass
class County:
    home: Path
    tcp_port: int
    front: Front
    film: Film


def served(home: Path, *words: str) -> subprocess.Popen[bytes]:
    """A program of zhilu; back when it says that it serves."""
    command = [sys.executable, "-m", "zhilu.cli", "--lang", "en", *words, "--home", str(home)]
    log = home / "log"
    with log.open("wb") as out:
        process = programs.Popen(command, stdout=out, stderr=out, env=backup_world.environment())
    said(log, process, r"Serving|open at")
    return process


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    folder, tcp_port = tmp_path_factory.mktemp("front"), free_tcp_port()
    home = folder / "home"
    county_home.make_root(folder / "root.pem")
    county_home.init(home, tcp_port, folder / "root.pem")
    toml = home / "server.toml"
    toml.write_text(
        toml.read_text().replace("[web]", '[web]\nsecure_cookies = true\nproxies = ["127.0.0.1"]')
    )
    backup_world.run("film", home, folder / "film")
    process = served(home, "server", "run", "--no-work")
    front = Front(folder / "nginx", "nginx-server.conf", AUTHORITY, tcp_port)
    front.start()
    try:
        yield County(home, tcp_port, front, pickle.loads((folder / "film").read_bytes()))
    finally:
        front.stop()
        process.terminate()
        process.wait(60)


def signed(county: County, method: str, path: str, query: str = "", body: bytes = b"") -> httpx.Response:
    """As a station sends it, through nginx."""
    created, nonce = int(time.time()), secrets.token_bytes(16)
    signer = SoftSigner(named_key("station"))
    headers = sign_request(
        signer, method, AUTHORITY, path, query, body, "application/json", created=created, nonce=nonce
    )
    with county.front.client(CLIENT) as client:
        target = f"{path}?{query}" if query else path
        return client.request(method, target, content=body, headers=headers | {"host": AUTHORITY})


def sign_in(county: County, client: httpx.Client, **headers: str) -> httpx.Response:
    page = client.get("/login", headers=headers)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert token is not None, page.text[:500]
    form = {"username": "zhang", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    return client.post("/login", data=form, headers={"Origin": f"https://{AUTHORITY}", **headers})


def addresses(county: County) -> set[str]:
    """From where sign-ins and requests came, as the access log has them."""
    return {row[0] for row in sql(county.home, "SELECT DISTINCT address FROM organisation_accessrow")}


def test_a_sign_in_over_tls_has_secure_cookies_and_the_callers_address(county: County) -> None:
    with county.front.client(CLIENT) as client:
        answer = sign_in(county, client)
        assert answer.status_code == 302, answer.text
        cookies = [value for name, value in answer.headers.multi_items() if name == "set-cookie"]
        assert any("zhilu_session_julu" in one for one in cookies)
        assert all("Secure" in one for one in cookies)
        assert answer.headers["strict-transport-security"] and "nginx/" not in answer.headers["server"]
        assert client.get("/recordings").status_code == 200
    assert CLIENT in addresses(county)


def test_a_forged_address_is_not_believed(county: County) -> None:
    forged = {"X-Forwarded-For": "6.6.6.6", "Forwarded": "for=6.6.6.7", "X-Real-IP": "6.6.6.8"}
    with county.front.client(OTHER) as client:
        assert sign_in(county, client, **forged).status_code == 302
        assert client.get("/recordings", headers=forged).status_code == 200
    # Past nginx, from an address that is no proxy.
    url = f"http://127.0.0.1:{county.tcp_port}/recordings"
    with httpx.Client(transport=httpx.HTTPTransport(local_address="127.0.0.7"), timeout=60) as direct:
        direct.get(url, headers={**forged, "Host": AUTHORITY})
    assert OTHER in addresses(county)
    assert not {one for one in addresses(county) if one.startswith("6.")}


def test_the_longest_segment_comes_in_by_it_and_its_ciphertext_goes_out(county: County) -> None:
    film = county.film
    query = f"recorder={kid_of(county)}&handover={film.handover}"
    assert len(film.media[1]) == SEGMENT_LIMIT
    assert signed(county, "PUT", f"{PATH}/journal", query, film.journal_bytes).status_code == 200
    for i, data in enumerate(film.media):
        answer = signed(county, "PUT", f"{PATH}/segments/{i}", body=data)
        assert answer.status_code == 200, answer.text
    assert signed(county, "POST", f"{PATH}/complete", body=b"{}").status_code == 200
    grant = {"Authorization": f"Bearer {backup_world.run('grant', county.home).strip()}"}
    with county.front.client(CLIENT) as client:
        with client.stream("GET", f"/media/{RECORDING}/segments/1", headers=grant) as answer:
            assert answer.headers["content-length"] == str(SEGMENT_LIMIT)
            assert b"".join(answer.iter_bytes()) == film.media[1]
        assert client.get(f"/media/{RECORDING}/segments/1").status_code in (401, 403)
    # Nothing of it was laid down on the way.
    assert not list((county.front.folder / "proxy").rglob("*.*"))


def kid_of(county: County) -> str:
    return str(sql(county.home, "SELECT kid FROM equipment_recorder")[0][0])


def test_what_is_longer_than_is_taken_is_refused_in_words(county: County) -> None:
    for path, length in (
        (f"{PATH}/segments/1", SEGMENT_LIMIT + 1),
        (f"{PATH}/journal", JOURNAL_LIMIT + 1),
        ("/people/import", (40 << 20) + 1),
        ("/api/v1/acts", (256 << 10) + 1),
    ):
        status, body = county.front.announce("PUT", path, length)
        assert (status, json.loads(body)["error"]) == (413, "body-too-large"), path


def test_the_api_is_open_to_the_addresses_that_are_named_and_to_no_other(county: County) -> None:
    with county.front.client(CALLER) as client:
        assert client.get("/api/docs").status_code == 200
        assert client.get("/api/v1/acts").json()["code"] == "token"
    for spoken in ({}, {"X-Forwarded-For": CALLER, "Forwarded": f"for={CALLER}"}):
        with county.front.client(CLIENT) as client:
            for path in (
                "/api/docs",
                "/api/v1/acts",
                "/api/v1/openapi.json",
                "/%61pi/docs",
                "/x/../api/docs",
            ):
                answer = client.get(path, headers=spoken)
                assert (answer.status_code, answer.json()["code"]) == (403, "address"), path
            assert client.post("/api/v1/links", json={}).status_code == 403
            assert client.get("/login").status_code == 200


def test_the_log_of_nginx_has_no_words_that_were_searched_for(county: County) -> None:
    with county.front.client(CLIENT) as client:
        client.get(
            "/acts?q=personal-words", headers={"Referer": f"https://{AUTHORITY}/acts?q=personal-words"}
        )
        client.get("/login")
    # nginx writes when all is sent: one line after the other, as the answers were.
    until(lambda: "/login" in county.front.log().partition('"GET /acts ')[2])
    assert "personal-words" not in county.front.log() and CLIENT in county.front.log()


def test_browsers_get_http_2_and_plain_http_is_sent_to_tls(county: County) -> None:
    assert county.front.protocol() == "h2"
    answer = httpx.get(
        f"http://127.0.0.1:{county.front.plain_port}/acts?x=1", headers={"Host": AUTHORITY}, timeout=60
    )
    assert (answer.status_code, answer.headers["location"]) == (308, f"https://{AUTHORITY}/acts?x=1")


def test_the_ways_between_server_and_keyholder_are_not_open_to_others(county: County) -> None:
    with county.front.client(CLIENT) as client:
        assert client.get("/keyholder/checkpoint").status_code == 404


def test_guessing_passwords_is_slowed_down_by_address(county: County) -> None:
    with county.front.client("127.0.0.11") as client:
        codes = [client.get("/login").status_code]
        while codes[-1] == 200 and len(codes) < 200:  # some come back while a slow machine asks
            codes.append(client.get("/login").status_code)
    assert codes[0] == 200 and codes[-1] == 429 and len(codes) > 20
    with county.front.client("127.0.0.12") as client:
        assert client.get("/login").status_code == 200


def test_a_server_that_is_away_is_said_in_words(tmp_path: Path) -> None:
    front = Front(tmp_path / "nginx", "nginx-server.conf", AUTHORITY, free_tcp_port())
    front.start()
    try:
        with front.client() as client:
            answer = client.get("/")
        assert answer.status_code == 503 and "执录服务器暂时不可用" in answer.text
        assert answer.headers["retry-after"] == "10"
    finally:
        front.stop()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Front]:
    """A keyholder in a process of its own. Its county is away: its page opens all the same."""
    tcp_port, host = free_tcp_port(), "julu.view.example"
    _found(tmp_path, tcp_port, f"https://{host}")
    process = served(tmp_path / "keyholder", "keyholder", "run")
    front = Front(tmp_path / "nginx", "nginx-keyholder.conf", host, tcp_port)
    front.start()
    try:
        yield front
    finally:
        front.stop()
        process.terminate()
        process.wait(60)


def _found(folder: Path, tcp_port: int, origin: str) -> None:
    from support.fake_county import FakeCounty
    from support.keyholder_room import ADMINISTRATORS
    from zhilu.encoding import b64u
    from zhilu.keyholder import founding
    from zhilu.keyholder.config import Config
    from zhilu.softkey.ceremonies import Holder

    admins = [Holder.new(person, "view.example", origin) for person in ADMINISTRATORS]
    pins: list[dict[str, Any]] = [
        {"registration": b64u(one.registration(["security-administrator"])), "binding": one.binding()}
        for one in admins
    ]
    vkey = FakeCounty("julu.example/ledger", "julu").ledger.signer.vkey
    (folder / "pin.json").write_text(json.dumps({"ledger": vkey, "security_administrators": pins}))
    config = Config(
        home=folder / "keyholder",
        bureau="julu",
        name={"zh": "巨鹿县税务局", "en": "Julu County Tax Service"},
        origin=origin,
        rp_id="view.example",
        host="127.0.0.1",
        tcp_port=tcp_port,
        ciphertext_origin="https://julu.example",
        server_url="http://127.0.0.1:9",
        server_authority="julu.example",
        ledger_vkey="",
        quorum=1,
        cosigners=(),
    )
    founding.init(config, folder / "pin.json", folder / "escrow.pem")


def test_the_viewing_room_behind_tls(room: Front) -> None:
    with room.client(CLIENT) as client:
        page = client.get("/")
        assert page.status_code == 200 and "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers.get_list("strict-transport-security") == ["max-age=31536000"]
        assert client.get("/api/info").json()["bureau"] == "julu"
        assert client.post("/add-checkpoint", content=b"x").status_code == 404
        assert client.get("/", headers={"Host": "other.example"}).status_code == 421
        large = client.post("/api/viewings", json={"x": "y" * 70_000})
        assert large.status_code == 413
        foreign = client.post("/api/viewings", json={}, headers={"Origin": "https://julu.example"})
        assert (foreign.status_code, foreign.json()["error"]) == (403, "foreign-page")
    assert room.protocol() == "h2"
