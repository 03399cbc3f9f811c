"""One PKCS#11 token and one logged-in session with it: a smart card, an HSM, or a TPM through libtpm2-pkcs11.

- The token is the one with the label, and with the serial number where that is given: never the first one.
- The PIN comes from a file of mode 0600. A wrong PIN is tried once and never again; where the token says that
  only one try is left, not at all: a service that starts again and again would lock it for good.
- A session that is gone (the token pulled and put back) is opened again once, within the call that found out.
  If that fails too, the call fails with `token`. A token with another serial number is not taken for it.
- Whatever the token answers, callers see this project's errors only, and none of them names the PIN.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pkcs11
from pkcs11 import exceptions as said
from pkcs11.constants import TokenFlag

from zhilu.errors import CallerError, WorldError

if TYPE_CHECKING:
    from pkcs11._pkcs11 import lib as Library

MAX_PIN = 256
LOST = (
    said.SessionHandleInvalid,
    said.SessionClosed,
    said.UserNotLoggedIn,
    said.ObjectHandleInvalid,
    said.KeyHandleInvalid,
    said.DeviceRemoved,
    said.DeviceError,
    said.TokenNotPresent,
    said.GeneralError,
)
"""What modules say when the token was away for a moment."""

T = TypeVar("T")


_starts: dict[str, int] = {}
"""How often each module was initialised. A session of an earlier start must not be touched: its handle may by
now be the number of another one's."""


class Token:
    def __init__(self, module: str, label: str, serial: str, pin_file: Path) -> None:
        self.label = label
        self._module, self._serial, self._pin_file = module, serial.encode(), pin_file
        self._session: pkcs11.Session | None = None
        self._start = 0
        self._lock = threading.RLock()

    def run(self, work: Callable[[pkcs11.Session], T]) -> T:
        """`work` with the session; a second time with a new one where the first was lost. So it may be done
        twice, and must not mind. Objects of one session mean nothing in another."""
        with self._lock:
            with _quiet():
                try:
                    return self._run(work)
                except said.PKCS11Error as error:
                    away = _away(error)
            self._session = None
            raise away

    def _run(self, work: Callable[[pkcs11.Session], T]) -> T:
        if self._session is not None and self._start == _starts[self._module]:
            try:
                return work(self._session)
            except LOST:
                self._session = None
            # Not before the error is gone: searches that it holds would end those of a new session.
            restart(self._module)
        self._session = self._open()
        self._start = _starts[self._module]
        return work(self._session)

    def _open(self) -> pkcs11.Session:
        pin = read_pin(self._pin_file)
        try:
            token = self._find()
        except said.NoSuchToken:
            restart(self._module)
            token = self._find()
        self._serial = self._serial or token.serial
        if token.flags & TokenFlag.USER_PIN_LOCKED:
            raise self._locked()
        if token.flags & TokenFlag.USER_PIN_FINAL_TRY:
            raise CallerError(
                "pin-final-try",
                "The token {token} leaves one try for its PIN: log in to it by hand first.",
                token=self.label,
            )
        return self._login(token, pin)

    def _login(self, token: pkcs11.Token, pin: str) -> pkcs11.Session:
        try:
            return token.open(rw=True, user_pin=pin)
        except said.UserAlreadyLoggedIn:
            return token.open(rw=True)
        except said.PinLocked:
            raise self._locked() from None
        except (said.PinIncorrect, said.PinInvalid, said.PinLenRange):
            raise CallerError(
                "pin", "The token refuses the PIN in {path}. It is not tried again.", path=self._pin_file
            ) from None

    def _locked(self) -> CallerError:
        return CallerError("pin-locked", "The token {token} has locked its PIN.", token=self.label)

    def _find(self) -> pkcs11.Token:
        match: dict[str, object] = {"token_label": self.label}
        if self._serial:
            match["token_serial"] = self._serial
        try:
            return load(self._module).get_token(**match)
        except said.MultipleTokensReturned:
            raise CallerError(
                "two-tokens",
                "There are two tokens {token}: name the serial number too (token_serial).",
                token=self.label,
            ) from None


def restart(module: str) -> None:
    """Modules look for tokens when they are initialised. Ends every session of this process with the module,
    and with them the login at a token that was pulled."""
    load(module).reinitialize()
    _starts[module] += 1


@contextmanager
def _quiet() -> Iterator[None]:
    """python-pkcs11 ends a search of a session that is gone when it is collected, and fails again there,
    where nobody can catch it: it would print a traceback."""
    before = sys.unraisablehook

    def pass_on(unraisable: sys.UnraisableHookArgs) -> None:
        if not isinstance(unraisable.exc_value, said.PKCS11Error):
            before(unraisable)

    sys.unraisablehook = pass_on
    try:
        yield
    finally:
        sys.unraisablehook = before


def load(module: str) -> Library:
    """The module, initialised."""
    try:
        library: Library = pkcs11.lib(module)
        _starts.setdefault(module, 0)
        return library
    except (RuntimeError, OSError) as error:
        if type(error) in vars(said).values() and type(error) is not said.PKCS11Error:
            raise  # the module is one, and says this
        raise CallerError(
            "module", "The module {module} cannot be loaded: {reason}", module=module, reason=error
        ) from None


def read_pin(path: Path) -> str:
    """The file's one line. Refuses a file that others can read or change (`pin-mode`)."""
    try:
        facts = path.stat()
        with path.open("rb") as file:
            data = file.read(MAX_PIN + 2)
    except OSError as error:
        raise WorldError("pin-file", "The PIN cannot be read: {reason}", reason=error) from None
    if facts.st_mode & 0o077 or facts.st_uid != os.geteuid():
        raise CallerError("pin-mode", "The file {path} must belong to this user with mode 0600.", path=path)
    try:
        pin = data.decode("utf-8").removesuffix("\n")
    except ValueError:
        pin = ""
    if not 0 < len(pin) <= MAX_PIN or not pin.isprintable():
        raise CallerError("pin-file", "The file {path} does not hold one line with a PIN.", path=path)
    return pin


def _away(error: said.PKCS11Error) -> WorldError:
    if isinstance(error, said.NoSuchToken):
        return WorldError("token", "The token is not there.")
    return WorldError(
        "token", "The token does not answer as it should: {reason}", reason=type(error).__name__
    )
