"""Where the bureaus of the demonstration lie, and their TCP ports: a folder and fifty numbers each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zhilu.demo.bureau.county import County
from zhilu.demo.bureau.julu import JULU
from zhilu.demo.bureau.qiaoxi import QIAOXI
from zhilu.demo.bureau.qinghe import QINGHE
from zhilu.demo.bureau.xingtai import XINGTAI
from zhilu.demo.place import KEYHOLDER_UID, Place

LIVE, CITY = JULU, XINGTAI
COUNTIES = (JULU, QINGHE, QIAOXI)
BUREAUS = (*COUNTIES, CITY)
TCP_STEP = 50


@dataclass(frozen=True)
class Ground:
    """As `Place`, of all of them together."""

    work: Path
    kept: Path
    tcp_base: int

    def place(self, bureau: County) -> Place:
        """What is kept of the county of the live recording lies at the top."""
        is_live = bureau is LIVE
        return Place(
            self.work / bureau.code,
            self.kept if is_live else self.kept / bureau.code,
            self.tcp_base + TCP_STEP * bureau.place,
            bureau.code,
            bureau.name_zh,
            bureau.name_en,
            bureau.tier,
            "" if is_live else f"{bureau.code}-",
            f"CZ-{bureau.place + 1:04}",
            KEYHOLDER_UID + bureau.place,
        )

    @property
    def tcp_ports(self) -> tuple[int, ...]:
        return tuple(tcp_port for one in BUREAUS for tcp_port in self.place(one).tcp_ports)
