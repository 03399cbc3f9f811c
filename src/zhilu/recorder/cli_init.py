"""Options of `zhilu recorder init`: which key and which counter the new recorder gets."""

from __future__ import annotations

import argparse
from pathlib import Path

from zhilu.errors import CallerError
from zhilu.i18n import _

KEYS = ("file", "pkcs11")
COUNTERS = ("file", "token", "tpm", "none")


def add_options(init: argparse.ArgumentParser) -> None:
    init.add_argument("--serial", required=True, help=_("serial number of the device"))
    init.add_argument(
        "--key",
        choices=KEYS,
        default="file",
        help=_("where the evidence key is made and stays (default: file)"),
    )
    init.add_argument("--module", default="", help=_("PKCS#11 module of the token, a file ending in .so"))
    init.add_argument("--token", default="", help=_("label of the token"))
    init.add_argument(
        "--token-serial", default="", help=_("serial number of the token, where two share a label")
    )
    init.add_argument(
        "--label", default="", help=_("name of the key in the token (default: the serial number)")
    )
    init.add_argument("--pin-file", type=Path, help=_("file of mode 0600 that holds the token's PIN"))
    init.add_argument(
        "--counter", choices=COUNTERS, default="file", help=_("what counts outside the store (default: file)")
    )
    init.add_argument("--tcti", help=_("way to the TPM of the counter (default: device:/dev/tpmrm0)"))
    init.add_argument(
        "--nv-index", type=_number, help=_("NV index of the counter in the TPM (default: 0x01800016)")
    )
    init.set_defaults(func=_init)


def _number(text: str) -> int:
    return int(text, 0)


def _init(arguments: argparse.Namespace) -> int:
    from zhilu.devices.hardware import CounterConfig, KeyConfig
    from zhilu.recorder.home import create

    _fitting(arguments)
    key, counter = KeyConfig(), CounterConfig(arguments.counter)
    if arguments.key == "pkcs11":
        key = KeyConfig(
            "pkcs11",
            arguments.module,
            arguments.token,
            arguments.token_serial,
            arguments.label or arguments.serial,
            arguments.pin_file and arguments.pin_file.resolve(),
        )
    if arguments.counter == "tpm":
        counter = CounterConfig(
            "tpm",
            arguments.tcti or counter.tcti,
            counter.nv_index if arguments.nv_index is None else arguments.nv_index,
        )
    home = create(arguments.home, arguments.serial, key, counter)
    print(
        _("for the bureau: {csr} and {enrol}").format(csr=home.file("tls.csr"), enrol=home.file("enrol.json"))
    )
    return 0


def _fitting(arguments: argparse.Namespace) -> None:
    """An option that would be passed over is refused: whoever gave it believes that it counts."""
    token = ("module", "token", "token_serial", "label", "pin_file")
    unused = [name for name in token if arguments.key != "pkcs11" and getattr(arguments, name)]
    unused += [
        name for name in ("tcti", "nv_index") if arguments.counter != "tpm" and getattr(arguments, name)
    ]
    if unused:
        raise CallerError(
            "option",
            "The option --{option} belongs to another kind of key or counter.",
            option=unused[0].replace("_", "-"),
        )
