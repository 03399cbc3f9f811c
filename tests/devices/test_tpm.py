"""The NV counter of a TPM (swtpm): it only goes up, whatever its owner does, and nonsense is no number."""

import socketserver
import stat
import threading
import time

import pytest

from zhilu.devices import tpm as module
from zhilu.devices.tpm import TpmCounter
from zhilu.errors import ZhiluError

INDEX = 0x01800016


def refused(code, work, *arguments):
    with pytest.raises(ZhiluError) as error:
        work(*arguments)
    assert error.value.code == code, error.value
    return error.value


@pytest.fixture
def counter(tpm):
    return TpmCounter.create(tpm.tcti, INDEX)


def test_it_steps_by_one_and_outlives_power(tpm, counter):
    first = counter.value()
    assert [counter.increase() for _ in range(3)] == [first + 1, first + 2, first + 3]
    tpm.power_off()
    tpm.power_on()
    assert TpmCounter.open(tpm.tcti, INDEX).value() == first + 3
    assert counter.increase() == first + 4


def test_deleted_and_defined_again_it_goes_on_above(tpm, counter):
    for _ in range(5):
        last = counter.increase()
    counter.destroy()
    assert TpmCounter.create(tpm.tcti, INDEX).value() == last + 1


def test_a_cleared_tpm_remembers_too(tpm, counter):
    last = counter.increase()
    tpm.tool("tpm2_clear")
    refused("tpm", TpmCounter.open, tpm.tcti, INDEX)
    refused("tpm", counter.increase)
    assert TpmCounter.create(tpm.tcti, INDEX).value() > last


def test_no_index_an_index_taken_and_one_that_is_no_counter(tpm, counter):
    refused("tpm", TpmCounter.open, tpm.tcti, INDEX + 1)
    refused("exists", TpmCounter.create, tpm.tcti, INDEX)
    tpm.tool(
        "tpm2_nvdefine", "-C", "o", "-s", "8", "-a", "ownerread|ownerwrite|authread|authwrite", hex(INDEX + 2)
    )
    refused("tpm", TpmCounter.open, tpm.tcti, INDEX + 2)
    # Defined anew as a plain number under the running recorder: it can be written, but not counted.
    counter.destroy()
    tpm.tool(
        "tpm2_nvdefine", "-C", "o", "-s", "8", "-a", "ownerread|ownerwrite|authread|authwrite", hex(INDEX)
    )
    refused("tpm", counter.increase)


def test_two_processes_never_get_one_number(tpm, counter):
    other = TpmCounter.open(tpm.tcti, INDEX)
    numbers = [part.increase() for part in (counter, other, counter, other)]
    assert numbers == sorted(set(numbers))


def test_a_counter_that_could_not_be_made_leaves_no_index(tpm, monkeypatch):
    def cut(self):
        raise ZhiluError("cut")

    monkeypatch.setattr(TpmCounter, "increase", cut)
    refused("cut", TpmCounter.create, tpm.tcti, INDEX)
    assert "0x" not in tpm.tool("tpm2_getcap", "handles-nv-index")


def test_a_tpm_that_is_away(tpm, counter):
    tpm.power_off()
    refused("tpm", counter.increase)
    refused("tpm", TpmCounter.open, "device:/dev/tpm-that-is-not-there", INDEX)


# -- what the tools and the TPM answer is not believed


@pytest.mark.parametrize("answer", [b"", b"\0" * 10, b"\x80\x02\0\0\0\x0a\0\0\0\0", b"\xff" * 4096, None])
def test_a_server_that_is_no_tpm(tmp_path, monkeypatch, answer):
    """`None`: one that takes the call and never answers."""
    monkeypatch.setattr(module, "TIMEOUT_S", 0.5)

    class Hostile(socketserver.BaseRequestHandler):
        def handle(self):
            while self.request.recv(4096):
                if answer:
                    self.request.sendall(answer)
                elif answer == b"":
                    return

    class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
        daemon_threads = True

    servers = [Server(str(tmp_path / name), Hostile) for name in ("t", "t.ctrl")]
    for server in servers:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    began = time.monotonic()
    refused("tpm", TpmCounter.open, f"swtpm:path={tmp_path}/t", INDEX)
    assert time.monotonic() - began < 60, "each step is ended after its time"
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def told(tmp_path, monkeypatch):
    """tpm2-tools that answer as they are told."""

    def tell(**answers):
        for name, answer in answers.items():
            path = tmp_path / name
            path.write_text(f"#!/bin/sh\nprintf -- '{answer}'\n")
            path.chmod(stat.S_IRWXU)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return tell


COUNTER = "0x1800016:\n  attributes:\n    friendly: nt=0x1\n    value: 0x2060016\n  size: 8\n"


@pytest.mark.parametrize(
    "read",
    [
        "",
        "1",
        r"\\000\\000\\000\\000\\000\\000\\000",
        r"\\377" * 8,
        r"\\000" * 9,
        r"\\000\\040" + r"\\000" * 5 + r"\\001",
    ],
)
def test_an_answer_that_is_no_number(told, read):
    told(tpm2_getcap="- 0x1800016\n", tpm2_nvreadpublic=COUNTER, tpm2_nvread=read.replace("\\\\", "\\"))
    assert "a number that" in str(refused("tpm", TpmCounter.open, "device:/dev/null", INDEX))


@pytest.mark.parametrize(
    "public",
    ["", "garbage", COUNTER.replace("0x2060016", "0x2060006"), COUNTER.replace("value: 0x", "value: ")],
)
def test_an_index_that_does_not_say_that_it_is_a_counter(told, public):
    told(
        tpm2_getcap="- 0x1800016\n", tpm2_nvreadpublic=public, tpm2_nvread=r"\000\000\000\000\000\000\000\001"
    )
    assert "The TPM" in str(refused("tpm", TpmCounter.open, "device:/dev/null", INDEX))


@pytest.mark.parametrize("after", [3, 4])
def test_a_counter_that_goes_back_or_stands_still(told, after):
    told(
        tpm2_getcap="- 0x1800016\n",
        tpm2_nvreadpublic=COUNTER,
        tpm2_nvread=r"\000\000\000\000\000\000\000\004",
        tpm2_nvincrement="",
    )
    counter = TpmCounter.open("device:/dev/null", INDEX)
    told(tpm2_nvread=rf"\000\000\000\000\000\000\000\00{after}")
    refused("tpm", counter.increase)


def test_without_the_tools(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    refused("tpm-tools", TpmCounter.open, "device:/dev/tpmrm0", INDEX)
