"""A recorder's folder, and who may be in it: one process at a time.

recorder.toml  evidence.key (0600)  counter  tls.key  tls.csr  tls.crt  roots.pem  crl.pem
logbook.jws  checkpoint  adopted.json  sign-counts.json  clock-offset  reserve
recordings/<id>/{journal.jws, media.sealed}
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from zhilu import locks
from zhilu.devices.hardware import CounterConfig, KeyConfig, make_parts
from zhilu.durable import new_folder, replace
from zhilu.errors import CallerError, WorldError
from zhilu.pki import certificates
from zhilu.recorder.config import FILE, CaptureConfig, Config, compose, is_serial, load, parse
from zhilu.strictjson import dumps


@dataclass(frozen=True)
class Home:
    """Names of files only; nothing is read or made by naming it."""

    folder: Path

    @property
    def logbook(self) -> Path:
        return self.folder / "logbook.jws"

    @property
    def recordings(self) -> Path:
        return self.folder / "recordings"

    def file(self, name: str) -> Path:
        return self.folder / name

    def recording(self, recording: UUID) -> Path:
        return self.recordings / str(recording)

    def config(self) -> Config:
        """From `recorder.toml`; refuses a folder that is no recorder's."""
        return load(self.folder)

    def serial(self) -> str:
        return self.config().serial

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Two processes would spend one counter and fork one logbook."""
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if not locks.take(handle):
                raise WorldError("in-use", "This recorder is running already.")
            yield
        finally:
            os.close(handle)


def create(
    folder: Path, serial: str, key: KeyConfig | None = None, counter: CounterConfig | None = None
) -> Home:
    """A new recorder, whole or not at all: key, counter, certificate request, `enrol.json`. What was made in
    a token or a TPM is taken back where anything fails; only a crash leaves it, and the next `create` says
    so (`exists`)."""
    if not is_serial(serial):
        raise CallerError("serial", "A serial number has 1 to 64 plain characters.")
    config = Config(serial, key or KeyConfig(), counter or CounterConfig(), CaptureConfig())
    config = parse(compose(config), folder)
    with ExitStack() as undo:
        with new_folder(folder) as draft:
            _fill(Home(draft), config, undo)
        undo.pop_all()
    return Home(folder)


def _fill(home: Home, config: Config, undo: ExitStack) -> None:
    signer, counter = make_parts(config, home.folder, undo)
    tls_key = certificates.new_key()
    home.recordings.mkdir(mode=0o700)
    replace(home.file("tls.key"), certificates.key_pem(tls_key))
    replace(home.file("tls.csr"), certificates.make_csr(tls_key, signer.kid, config.serial), 0o644)
    config = dataclasses.replace(config, key=dataclasses.replace(config.key, kid=signer.kid))
    replace(home.file(FILE), compose(config))
    enrol = {"kid": signer.kid, "jwk": signer.jwk, "serial": config.serial, "counter_kind": counter.kind}
    replace(home.file("enrol.json"), dumps(enrol) + b"\n", 0o644)
