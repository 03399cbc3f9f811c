"""Where the demo puts things, and under which names its programs speak.

Homes of the programs lie in a temporary folder that goes with the demo; what is to be kept lies in `kept`.
"""

import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from zhilu.errors import CallerError, WorldError
from zhilu.i18n import language

BUREAU = "julu"
DOMAIN = "demo.localhost"
NAME_ZH, NAME_EN = "巨鹿县税务局", "Julu County Tax Service"
# The keyholders' own users where the demo is root: numbers that no account has, so that none need be made.
KEYHOLDER_UID = 61617
MAX_SECONDS = 3600


@dataclass(frozen=True)
class Place:
    """`work`: temporary; `kept`: what stays; TCP ports count from `tcp_base`. `prefix`: before the names of
    its programs, where several bureaus have some."""

    work: Path
    kept: Path
    tcp_base: int
    bureau: str = BUREAU
    name_zh: str = NAME_ZH
    name_en: str = NAME_EN
    tier: str = "county"
    prefix: str = ""
    station_serial: str = "CZ-0001"
    keyholder_uid: int = KEYHOLDER_UID

    @property
    def server_tcp(self) -> int:
        return self.tcp_base

    @property
    def keyholder_tcp(self) -> int:
        return self.tcp_base + 10

    @property
    def kiosk_tcp(self) -> int:
        return self.tcp_base + 20

    @property
    def dock_tcp(self) -> int:
        return self.tcp_base + 31

    @property
    def tcp_ports(self) -> tuple[int, ...]:
        serving = (self.server_tcp, self.keyholder_tcp)
        return serving if self.tier == "city" else (*serving, self.kiosk_tcp, self.dock_tcp)

    @property
    def server_authority(self) -> str:
        return f"{self.bureau}.{DOMAIN}:{self.server_tcp}"

    @property
    def room_authority(self) -> str:
        return f"{self.bureau}.view.{DOMAIN}:{self.keyholder_tcp}"

    @property
    def room_origin(self) -> str:
        return f"http://{self.room_authority}"

    @property
    def room_rp(self) -> str:
        return f"view.{DOMAIN}"

    @property
    def kiosk_authority(self) -> str:
        return f"{self.bureau}.dock.{DOMAIN}:{self.kiosk_tcp}"

    @property
    def kiosk_origin(self) -> str:
        return f"http://{self.kiosk_authority}"

    @property
    def dock_rp(self) -> str:
        return f"dock.{DOMAIN}"

    @property
    def dock(self) -> str:
        return f"127.0.0.1:{self.dock_tcp}"

    @property
    def title(self) -> str:
        """The bureau's name as whoever looks reads it."""
        return self.name_en if language() == "en" else self.name_zh

    def name(self, program: str) -> str:
        """Of a program among all that run."""
        return f"{self.prefix}{program}"

    def home(self, program: str) -> Path:
        return self.work / program

    @property
    def logs(self) -> Path:
        return self.kept / "logs"


def check_before_anything_is_made(
    source: str, seconds: int, keep: Path | None, tcp_ports: tuple[int, ...]
) -> None:
    """What can be refused is refused before there is anything to clean up."""
    if source != "test":
        check_source(Path(source))
    if not 1 <= seconds <= MAX_SECONDS:
        raise CallerError("seconds", "The scene may last from 1 to {most} seconds.", most=MAX_SECONDS)
    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise CallerError("keep", "{folder} is there already and is not an empty folder.", folder=keep)
    check_tcp_ports(tcp_ports)


def check_tcp_ports(tcp_ports: tuple[int, ...]) -> None:
    for tcp_port in tcp_ports:
        check_tcp_port(tcp_port)


def check_source(path: Path) -> None:
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.video:
                raise CallerError("source", "{path} holds no video.", path=path)
    except (OSError, av.FFmpegError):
        raise CallerError("source", "{path} cannot be read as a video.", path=path) from None


def check_tcp_port(tcp_port: int) -> None:
    if not 1024 <= tcp_port <= 65_535:
        raise CallerError(
            "tcp-port", "TCP ports are to lie from 1024 to 65535, not at {tcp_port}.", tcp_port=tcp_port
        )
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", tcp_port))
        except OSError:
            raise WorldError(
                "tcp-port",
                "TCP port {tcp_port} is in use or cannot be used; choose others with --tcp-base.",
                tcp_port=tcp_port,
            ) from None


def prepare(keep: Path | None) -> tuple[Path, Path]:
    """What goes with the demo, and what is kept."""
    work = Path(tempfile.mkdtemp(prefix="zhilu-demo-"))
    # Others may pass through, not look: the keyholder's user must reach its own home.
    work.chmod(0o711)
    kept = (keep if keep is not None else work / "kept").absolute()
    (kept / "logs").mkdir(parents=True)
    return work, kept


def clear(work: Path) -> None:
    shutil.rmtree(work, ignore_errors=True)


def keyholder_user(place: Place) -> int | None:
    """The keyholder's own user, or None: we are not root, or it could not read us."""
    # It opens nothing of ours after the start, only its own home.
    return place.keyholder_uid if os.geteuid() == 0 and passable(place.work / "keyholder") else None


def passable(path: Path) -> bool:
    """May everybody walk down to this path?"""
    return all(folder.stat().st_mode & 0o001 for folder in path.resolve().parents)
