"""What people write about findings, reviews and sanctions in the demonstration: all of it invented (pure)."""

from __future__ import annotations

import random

IN_ADVANCE = "赶往现场途中接到群众围堵报告，先行处置，来不及开机；已当场向科长报告。"
REFUSAL = "理由与出勤记录不符，说明不予采纳。"
EXCUSED = "情况属实，说明已经科长采纳，不予追责。"
NO_FAULT = "经核对录像和登记，未影响执法过程的完整记录，不作过错处理。"
FAULT = "应录未按规定做到，经办人未尽到责任。"
SANCTION = "首次发生，情节轻微，给予批评教育。"
APPEAL = "当日同时承担两项紧急任务，请求复核。"
UPHELD = "复核时已考虑任务安排，处理适当，予以维持。"
REVIEW = "按月抽查执法录像"
REVIEW_PASSED = "亮证、告知和用语均符合要求。"
REVIEW_FAILED = "开场未告知全程录音录像，请提醒经办人员。"
REVIEWED_AGAIN = "复看后意见一致：开场未告知全程录音录像。"
OBJECTION = "当日系统故障，已口头报告科长，请求核减扣分。"
OBJECTION_UPHELD = "经核实，当日系统故障属实，本月不予扣分。"
_OF_RULE = {
    "missing": (
        ("not-recorded", "device-fault", "出发前记录仪无法开机，已当场报告并登记报修。"),
        ("not-recorded", "impossible", "纳税人临时改到办税厅办理，未上门。"),
        ("other", "other", "当日改派，未及时在系统中变更任务。"),
    ),
    "late": (
        ("other", "other", "返程较晚，次日上午又有外出任务，未能按时回站。"),
        ("other", "device-fault", "采集站当晚维护，第二天才能接入。"),
    ),
    "incomplete": (("other", "other", "当日任务较多，结果一项待核实后补充。"),),
    "not-linked": (("other", "other", "文书号当时尚未生成，已补充关联。"),),
    "wrong-officer": (("reassigned", "other", "原经办人临时出差，由同科人员代为执行。"),),
    "gap": (("interrupted", "device-fault", "现场信号线接触不良，记录中断后立即恢复。"),),
}
_OTHER = (("other", "other", "现场情况与计划不一致，已在记录中说明。"),)


def explanation(rule: str, chance: random.Random) -> tuple[str, str, str]:
    """Kind, reason, text."""
    return chance.choice(_OF_RULE.get(rule, _OTHER))
