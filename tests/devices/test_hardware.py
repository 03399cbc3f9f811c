"""Recorders with their key and counter in hardware, from `init` to `verify`; and what each kind of counter
shows of a store that was set back."""

import itertools
import json
import shutil
import subprocess
import sys

import pytest

from support.lines import payloads
from support.patience import until
from support.recorder_world import World
from support.tokens import PIN, zhilu
from zhilu.devices import hardware
from zhilu.devices.hardware import CounterConfig, KeyConfig, open_parts
from zhilu.devices.token import Pkcs11Signer, destroy_key
from zhilu.errors import WorldError, ZhiluError
from zhilu.recorder.config import parse
from zhilu.recorder.home import create
from zhilu.recorder.run import Options, run
from zhilu.recorder.status import status_lines
from zhilu.sealed.keys import load_jwk
from zhilu.sealed.logbook import read_logbook

INDICES = itertools.count(0x01810000)


def refused(code, work, *arguments):
    with pytest.raises(ZhiluError) as error:
        work(*arguments)
    assert error.value.code == code, error.value
    return error.value


def record(world):
    run(world.home, Options(source="test", seconds=2.0))


def logbook(world):
    return read_logbook(
        world.home.logbook.read_bytes().splitlines(keepends=True),
        load_jwk(world.signer.jwk),
        world.signer.kid,
    )


def evidence(world, folder):
    """What `verify` gets: one recording and the logbook."""
    (recording,) = list(world.home.recordings.iterdir())
    shutil.copytree(recording, folder / "recording")
    shutil.copy(world.home.logbook, folder / "logbook.jws")
    return folder


@pytest.fixture(params=["soft", "tpm"])
def world(request, tmp_path):
    """A recorder with a SoftHSM2 key and token counter, and one with a TPM's key and NV counter."""
    if request.param == "soft":
        token = request.getfixturevalue("soft_token")
        parts = token.key(), CounterConfig("token")
    else:
        token = request.getfixturevalue("tpm_token")
        label, index = f"key {tmp_path.name}", next(INDICES)
        parts = token.key(label), token.counter(index)
    world = World(tmp_path / "world", key=parts[0], counter=parts[1])
    world.adopt()
    return world


def test_a_recorder_with_hardware_records_and_its_evidence_is_sound(world, tmp_path, capsys):
    record(world)
    home = world.home
    assert not home.file("evidence.key").exists() and not home.file("counter").exists()
    kind = home.config().counter.kind
    assert json.loads(home.file("enrol.json").read_bytes())["counter_kind"] == kind
    reader = logbook(world)
    assert reader.findings == [] and reader.enrolled.counter_kind == kind
    assert reader.tail_provable is (kind == "tpm")
    said = zhilu("verify", evidence(world, tmp_path / "evidence"))
    assert said.returncode == 1 and "not anchored" in said.stdout, said.stdout + said.stderr
    assert f"{kind}: " in said.stdout and ("tail not provable" in said.stdout) is (kind != "tpm")
    status = "\n".join(status_lines(home))
    assert world.signer.kid in status
    assert all(each in status or f"（{each[1:-1]}）" in status for each in (f"({kind})", "(pkcs11)"))


def test_an_old_copy_of_the_store_is_found_with_its_two_times(world):
    record(world)
    old = world.home.folder.with_name("old")
    shutil.copytree(world.home.folder, old)
    record(world)
    shutil.rmtree(world.home.folder)
    old.rename(world.home.folder)
    lines = len(payloads(world.home.logbook))
    record(world)
    (finding,) = [finding for finding in logbook(world).findings if finding.code == "counter"]
    last = [line for line in payloads(world.home.logbook)[:lines] if "counter" in line][-1]
    boot = next(line for line in payloads(world.home.logbook)[lines:] if line["type"] == "boot")
    assert (finding.since, finding.until) == (last["at"], boot["at"])


def test_a_store_set_back_to_the_day_of_its_adoption_is_found(world):
    old = world.home.folder.with_name("old")
    shutil.copytree(world.home.folder, old)
    record(world)
    shutil.rmtree(world.home.folder)
    old.rename(world.home.folder)
    record(world)
    assert [finding.code for finding in logbook(world).findings] == ["counter"]


def test_another_key_under_the_same_name_is_refused_before_anything_is_written(world):
    record(world)
    config = world.home.config()
    token = hardware._token(config.key)
    destroy_key(token, config.key.label)
    other = Pkcs11Signer.create(token, config.key.label)
    before = world.home.logbook.read_bytes()
    number = open_counter_value(config, world)
    refused("another-key", run, world.home, Options(source="test", seconds=1.0))
    # Also where recorder.toml was made to fit: the logbook's first line says it.
    path = world.home.file("recorder.toml")
    path.write_text(path.read_text().replace(world.signer.kid, other.kid))
    refused("another-key", run, world.home, Options(source="test", seconds=1.0))
    assert world.home.logbook.read_bytes() == before
    assert open_counter_value(config, world) == number


def open_counter_value(config, world):
    return hardware.open_counter(config, world.home.folder).value()


# -- the program as a person meets it


def start(home, seconds=None):
    words = ["recorder", "run", "--home", str(home), "--source", "test", "--realtime"]
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "zhilu.cli",
            "--lang",
            "en",
            *words,
            *(["--seconds", seconds] if seconds else []),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_token_pulled_while_recording_ends_in_one_line_and_the_next_start_recovers(soft_token, tmp_path):
    world = World(tmp_path / "world", key=soft_token.key(), counter=CounterConfig("token"))
    world.adopt()
    running = start(world.home.folder)
    wait_for(world, running)
    soft_token.pull()
    out, err = running.communicate(timeout=60)
    assert running.returncode == 2 and err.strip().endswith("[token]") and err.count("\n") == 1, err
    assert (
        zhilu("recorder", "run", "--home", world.home.folder, "--source", "test", "--seconds", 1).returncode
        == 2
    )
    soft_token.put_back()
    done = zhilu("recorder", "run", "--home", world.home.folder, "--source", "test", "--seconds", 1)
    assert done.returncode == 0, done.stderr
    kinds = [line["type"] for line in payloads(world.home.logbook)]
    assert "recovered" in kinds and kinds[-1] == "shutdown" and PIN not in out + err


def wait_for(world, running):
    """Until the first recording has a segment on storage."""

    def recorded():
        assert running.poll() is None, running.communicate()
        return any(path.stat().st_size > 20_000 for path in world.home.recordings.glob("*/media.sealed"))

    until(recorded)


def test_the_private_key_is_not_in_the_programs_memory(tpm_token, tmp_path):
    """With a TPM it cannot be. (SoftHSM2 is a library: such a token's key is in the memory of the process
    that uses it, enciphered on storage: for tests.) No file of the home holds it either."""
    world = World(tmp_path / "world", key=tpm_token.key("memory"), counter=CounterConfig("file"))
    holders = [
        path
        for path in world.home.folder.rglob("*")
        if path.is_file() and b"PRIVATE KEY" in path.read_bytes()
    ]
    assert [path.name for path in holders] == ["tls.key"]
    assert not hasattr(world.signer, "_key")

    def attributes(session):
        key = session.get_key(object_class=hardware_class(), label="memory")
        return key[attribute("EXTRACTABLE")], key[attribute("NEVER_EXTRACTABLE")]

    assert tpm_token.token().run(attributes) == (False, True)
    refused(
        "token",
        tpm_token.token().run,
        lambda session: session.get_key(label="memory", object_class=hardware_class())[attribute("VALUE")],
    )


def hardware_class():
    from pkcs11 import ObjectClass

    return ObjectClass.PRIVATE_KEY


def attribute(name):
    from pkcs11 import Attribute

    return getattr(Attribute, name)


# -- init


def arguments(token, tmp_path, *more):
    words = ["recorder", "init", "--home", tmp_path / "r", "--serial", "XT-7", "--key", "pkcs11"]
    words += ["--module", token.module, "--token", token.label, "--pin-file", token.pin_file]
    return [*words, *more]


def test_init_by_command(soft_token, tmp_path):
    done = zhilu(*arguments(soft_token, tmp_path, "--counter", "token"))
    assert done.returncode == 0, done.stderr
    config = parse((tmp_path / "r/recorder.toml").read_bytes(), tmp_path / "r")
    assert (config.key.kind, config.counter.kind, config.key.label) == ("pkcs11", "token", "XT-7")
    soft_token.use()
    signer, counter = open_parts(config, tmp_path / "r")
    assert signer.kid == config.key.kid and counter.value() == 0
    for path in (tmp_path / "r").iterdir():
        assert path.is_dir() or PIN.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (["--counter", "tpm", "--tcti", "swtpm:path=/nowhere"], "tpm"),
        (["--counter", "tpm", "--tcti", "cmd:rm -rf /"], "config"),
        (["--counter", "tpm", "--nv-index", "5"], "config"),
        (["--counter", "token", "--nv-index", "0x01800016"], "option"),
        (["--token", "nobody"], "token"),
        (["--module", "/nowhere.so"], "module"),
        (["--pin-file", "/nowhere"], "pin-file"),
    ],
)
def test_an_init_that_fails_leaves_nothing(soft_token, tmp_path, more, code):
    done = zhilu(*arguments(soft_token, tmp_path, *more))
    assert done.returncode == 2 and done.stderr.strip().endswith(f"[{code}]"), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["soft"]
    soft_token.use()
    assert soft_token.token().run(lambda session: list(session.get_objects())) == []


@pytest.mark.parametrize("options", [["--token", "x"], ["--pin-file", "x"], ["--counter", "token"]])
def test_options_that_would_be_passed_over_are_refused(tmp_path, options):
    done = zhilu("recorder", "init", "--home", tmp_path / "r", "--serial", "X", *options)
    assert done.returncode == 2 and "Traceback" not in done.stderr and list(tmp_path.iterdir()) == []


def test_a_failure_at_the_end_takes_key_and_counters_back(soft_token, tpm, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "zhilu.recorder.home.certificates.make_csr", lambda *a: (_ for _ in ()).throw(OSError(28, "full"))
    )
    for counter in (CounterConfig("token"), tpm.counter()):
        refused("write", create, tmp_path / "r", "XT-7", soft_token.key("XT-7"), counter)
    assert soft_token.token().run(lambda session: list(session.get_objects())) == []
    assert "0x" not in tpm.tool("tpm2_getcap", "handles-nv-index")
    assert not (tmp_path / "r").exists()


def test_what_could_not_be_taken_back_is_named(soft_token, tmp_path, monkeypatch):
    def cut(*a):
        soft_token.pull()
        raise OSError(28, "full")

    monkeypatch.setattr("zhilu.recorder.home.certificates.make_csr", cut)
    error = refused("left-behind", create, tmp_path / "r", "XT-7", soft_token.key("XT-7"), CounterConfig())
    assert "XT-7" in error.fields["thing"]
    soft_token.put_back()
    monkeypatch.undo()
    soft_token.use()
    refused("exists", create, tmp_path / "r", "XT-7", soft_token.key("XT-7"), CounterConfig())


def test_without_the_package_a_recorder_with_a_file_still_runs(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zhilu.devices.pkcs11", None)
    create(tmp_path / "r", "X")
    key = KeyConfig("pkcs11", "/m.so", "t", "", "l", tmp_path / "pin")
    assert isinstance(refused("no-pkcs11", create, tmp_path / "s", "X", key), WorldError)


def test_a_recorder_without_a_counter_goes_by_its_lines(tmp_path):
    world = World(tmp_path / "world", counter=CounterConfig("none"))
    world.adopt()
    record(world), record(world)
    reader = logbook(world)
    assert reader.findings == [] and not reader.tail_provable and not world.home.file("counter").exists()


# -- recorder.toml


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", None),
        ("serial = 5", "serial"),
        ("serial = ''", None),
        ("serial = 'x'\nkey = 5", "key"),
        ("serial = 'x'\n[key]\nkind = 'usb'", "key.kind"),
        ("serial = 'x'\n[key]\nkind = 'pkcs11'", "key"),
        ("serial = 'x'\n[key]\npin_fil = 'x'", "key.pin_fil"),
        ("serial = 'x'\n[key]\nkid = 'x'", "key.kid"),
        ("serial = 'x'\n[counter]\nkind = 'token'", "counter.kind"),
        ("serial = 'x'\n[counter]\nkind = 'tpm'", "counter.kind"),
        ("serial = 'x'\n[counter]\ntcti = 'cmd:sh'", "counter.tcti"),
        ("serial = 'x'\n[counter]\nnv_index = 1", "counter.nv_index"),
        ("serial = 'x'\n[counter]\nnv_index = true", "counter.nv_index"),
        ("serial = 'x'\n[capture]\nprofile = 'best'", "capture.profile"),
        ("serial = 'x'\n[capture]\ngpsd = 'here'", "capture.gpsd"),
        ("serial = 'x'\n[capture]\ngpsd = 'h:0'", "capture.gpsd"),
        ("serial = 'x'\n[capture]\nburn_in = 1", "capture.burn_in"),
        ("serial = 'x'\n[capture]\nvideo = 'a\\u0000'".replace("'a\\u0000'", '"a\\u0000"'), "capture.video"),
        ("serial = 'x'\n[camera]\nx = 1", "camera"),
        ("serial = 'x'\nserial = 'y'", None),
        ("x" * 70_000, None),
        ("\udcff", None),
    ],
)
def test_each_bad_value_is_refused_by_its_place(tmp_path, text, place):
    error = refused("config", parse, text.encode("utf-8", "surrogateescape"), tmp_path)
    if place:
        assert error.fields["place"] == place and place in str(error)


def test_a_relative_pin_file_lies_in_the_home(tmp_path):
    text = "serial='x'\n[key]\nkind='pkcs11'\nmodule='m'\ntoken='t'\nlabel='l'\npin_file='pin'\n"
    assert parse(text.encode(), tmp_path).key.pin_file == tmp_path / "pin"
