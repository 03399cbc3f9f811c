"""Tokens for tests: SoftHSM2, and libtpm2-pkcs11 on a software TPM (swtpm) with tpm2-abrmd as its resource
manager, which on a device the kernel is (/dev/tpmrm0). All in a folder of the test, over Unix sockets."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from support import programs
from support.patience import takes_calls, until
from zhilu.devices import pkcs11
from zhilu.devices.hardware import CounterConfig, KeyConfig

PIN = "48213"


def module_path(name: str) -> str:
    """Where Debian puts a PKCS#11 module; differs by architecture."""
    found = [
        path
        for place in ("softhsm", "*/softhsm", "*/pkcs11")
        for path in Path("/usr/lib").glob(f"{place}/{name}")
    ]
    return str(found[0])


class SoftToken:
    """A SoftHSM2 token, used by this process and by those that get its `env`."""

    def __init__(self, folder: Path, label: str = "evidence") -> None:
        self.folder, self.label = folder, label
        self.module = module_path("libsofthsm2.so")
        (folder / "tokens").mkdir(parents=True)
        (folder / "softhsm2.conf").write_text(
            f"directories.tokendir = {folder}/tokens\nobjectstore.backend = file\nlog.level = ERROR\n"
        )
        self.env = {"SOFTHSM2_CONF": str(folder / "softhsm2.conf")}
        self.pin_file = folder / "pin"
        self.pin_file.write_text(PIN + "\n")
        self.pin_file.chmod(0o600)
        self.add(label)

    def add(self, label: str) -> None:
        run(
            "softhsm2-util",
            "--init-token",
            "--free",
            "--label",
            label,
            "--pin",
            PIN,
            "--so-pin",
            "1357",
            env=self.env,
        )

    def use(self) -> None:
        """This process's module reads the environment when it is initialised."""
        os.environ.update(self.env)
        pkcs11.load(self.module)
        pkcs11.restart(self.module)

    def key(self, label: str = "XT-0001", **changed: object) -> KeyConfig:
        return KeyConfig("pkcs11", self.module, self.label, "", label, self.pin_file, **changed)

    def token(self) -> pkcs11.Token:
        return pkcs11.Token(self.module, self.label, "", self.pin_file)

    def pull(self) -> None:
        (self.folder / "tokens").rename(self.folder / "pulled")

    def put_back(self) -> None:
        (self.folder / "pulled").rename(self.folder / "tokens")


class Tpm:
    """A software TPM with its state in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "state").mkdir(parents=True)
        self.tcti = f"swtpm:path={folder}/tpm"
        self._running: list[subprocess.Popen[bytes]] = []
        self.power_on()

    def power_on(self) -> None:
        self._start(
            *("swtpm", "socket", "--tpm2", "--tpmstate", f"dir={self.folder}/state"),
            *("--server", f"type=unixio,path={self.folder}/tpm"),
            *("--ctrl", f"type=unixio,path={self.folder}/tpm.ctrl"),
            *("--flags", "not-need-init,startup-clear"),
        )
        self.wait()

    def wait(self) -> None:
        """Until the TPM answers."""
        for _ in range(1200):
            if subprocess.run(["tpm2_getrandom", "-T", self.tcti, "4"], capture_output=True).returncode == 0:
                return
            time.sleep(0.05)
        raise AssertionError("the software TPM does not answer")

    def tool(self, name: str, *arguments: str) -> str:
        return run(name, "-T", self.tcti, *arguments)

    def counter(self, nv_index: int = 0x01800016) -> CounterConfig:
        return CounterConfig("tpm", self.tcti, nv_index)

    def _start(self, *command: str) -> None:
        with (self.folder / "log").open("ab") as log:
            self._running.append(subprocess.Popen(command, stdout=log, stderr=log, env=os.environ))

    def power_off(self) -> None:
        for process in reversed(self._running):
            process.terminate()
            process.wait(60)
        self._running.clear()


class TpmToken(Tpm):
    """The same, behind a resource manager, and a token of libtpm2-pkcs11 in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.module = module_path("libtpm2_pkcs11.so")
        self.label = "evidence"
        self._start(
            "dbus-daemon", "--session", f"--address=unix:path={folder}/bus", "--nopidfile", "--nofork"
        )
        raw, self.tcti = self.tcti, "tabrmd:bus_type=session"
        self.env = {
            "DBUS_SESSION_BUS_ADDRESS": f"unix:path={folder}/bus",
            "TPM2_PKCS11_TCTI": self.tcti,
            "TPM2_PKCS11_STORE": str(folder / "store"),
            "TPM2TOOLS_TCTI": self.tcti,
        }
        self._before = {name: os.environ.get(name) for name in self.env}
        os.environ.update(self.env)
        until(lambda: takes_calls(folder / "bus"))
        self._start("tpm2-abrmd", "--session", "--allow-root", f"--tcti={raw}")
        self.wait()
        (folder / "store").mkdir()
        run("tpm2_ptool", "init", "--path", str(folder / "store"))
        run(
            *("tpm2_ptool", "addtoken", "--pid=1", f"--label={self.label}", "--sopin=1357"),
            *(f"--userpin={PIN}", "--path", str(folder / "store")),
        )
        self.pin_file = folder / "pin"
        self.pin_file.write_text(PIN)
        self.pin_file.chmod(0o600)

    def power_off(self) -> None:
        pkcs11.load(self.module).finalize()  # or it would miss its TPM at the end of this process
        super().power_off()
        for name, value in self._before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value

    key = SoftToken.key
    token = SoftToken.token


def run(*command: str, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(command, capture_output=True, env={**os.environ, **(env or {})}, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def zhilu(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The real program, in a process of its own."""
    return programs.run(
        [sys.executable, "-m", "zhilu.cli", "--lang", "en", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )
