"""What the city has told its counties: two notices, which they take over and confirm when the demo runs."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from zhilu.demo.bureau import days
from zhilu.demo.bureau.plan import Plan
from zhilu.demo.bureau.seat import Seat
from zhilu.server.catalogue.services import notices

ALL = (
    "关于开展四季度执法全过程记录自查的通知",
    "各县（区）局对照事项目录，自查入户类、约谈类事项的录制、上传和七要素说明，于限期前确认收到并落实到人。",
)
SOME = (
    "关于做好取暖季入户核查安全的提示",
    "入户核查须两人同行，到达前开机，遇到阻碍执法及时做重点标记并报告。",
)


def notify(seat: Seat, made: Plan) -> None:
    by = UUID(seat.founded.cast.people["editor"].id)
    seat.hands.go_to(days.at(made.today - timedelta(days=9), 10, 20))
    notices.issue(by, *ALL, None, made.today + timedelta(days=12))
    seat.hands.go_to(days.at(made.today - timedelta(days=2), 15, 40))
    notices.issue(by, *SOME, ["julu", "qinghe"], None)
