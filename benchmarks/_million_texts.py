# ruff: noqa: E501 - lines of words
"""The words of the county of a million recordings (_million.py): a pool of statements, names of taxpayers, and
the tokens by which the search finds them. Fixed seed.
"""

from __future__ import annotations

import random
from typing import Any

from zhilu.server.evidence import terms

SEED, POOL = 20261129, 10_000
PLACES = [
    "城关镇",
    "西郭城镇",
    "官亭镇",
    "阎疃镇",
    "小吕寨镇",
    "苏家营镇",
    "观寨镇",
    "堤村乡",
    "张王疃乡",
    "王虎寨镇",
]
STREETS = [
    "人民路",
    "健康路",
    "新华街",
    "黄金大道",
    "育红街",
    "迎宾路",
    "东安路",
    "富强街",
    "光明路",
    "团结街",
]
TRADES = [
    "纺织",
    "食品",
    "建材",
    "物流",
    "机械",
    "商贸",
    "餐饮",
    "农产品",
    "五金",
    "服装",
    "印刷",
    "医疗器械",
    "汽车修理",
    "装饰",
    "电子",
]
NAMES = [
    "红星",
    "宏达",
    "鑫源",
    "瑞丰",
    "恒通",
    "永盛",
    "兴旺",
    "金龙",
    "華昌",
    "顺达",
    "安泰",
    "祥和",
    "聚福",
    "天成",
    "德利",
    "万家",
    "新世纪",
    "北方",
]
KINDS = ["有限公司", "厂", "经营部", "超市", "加工厂", "门市部", "合作社", "批发部"]
FAMILY = "张王李赵刘陈杨黄周吴徐孙马朱胡郭何高林罗郑梁谢宋唐许邓冯韩曹"
GIVEN = "建国志强丽华敏磊静伟芳娜秀英洪波海燕文博雨桐子轩宁晓东立新春梅"
EVENTS = (
    "对纳税人进行税务检查，现场核实经营情况",
    "入户核实纳税人实际经营规模与定额是否相符",
    "送达税务文书，纳税人当场签收",
    "核实减免税资格，查验资产与从业人员",
    "对纳税人账外经营线索进行现场调查取证",
    "调解纳税服务争议，记录双方意见",
    "催缴欠税，告知逾期后果和救济途径",
    "核实发票领用数量与库存商品",
)
CAUSES = ("定额异常", "群众举报", "风险推送", "日常巡查", "专项检查安排", "上级交办", "系统比对疑点")
COURSES = (
    "执法人员出示税务检查证，告知权利义务",
    "纳税人提供账簿和凭证",
    "清点货架与仓库，与进销存台账逐项比对",
    "对经营场所的门牌、招牌和设备拍摄",
    "询问负责人近三个月的销售收入",
    "查看收款二维码流水并由纳税人确认",
    "核对用电量与生产能力",
    "现场制作询问笔录并交纳税人核对",
    "纳税人起初不配合，经解释后同意检查",
)
RESULTS = (
    "情况属实，纳税人签字确认",
    "定额偏低，建议调整",
    "发现账外收入，移交稽查局",
    "资格条件不再具备，建议取消减免",
    "文书已送达",
    "争议化解，双方无异议",
    "补缴税款并加收滞纳金",
    "暂无异常，转入日常管理",
)
RARE = ["貔貅", "饕餮", "麒麟", "琉璃", "檀香", "翡翠", "砗磲", "龙涎", "犀角", "鲛绡"]
OUTCOMES = ("quota-adjusted", "off-book-found", "tax-collected", "dispute-settled", "documents-served")


def pool() -> list[tuple[Any, ...]]:
    """Texts, with the tokens of seven and of five elements."""
    chance, made = random.Random(SEED), []
    for n in range(POOL):
        goods = "、".join(chance.sample(TRADES, 2)) if n % 40 else RARE[n // 40 % len(RARE)]
        event = chance.choice(EVENTS) + f"，涉及{goods}行业"
        course = "；".join(chance.sample(COURSES, 4)) + f"，共{chance.randrange(2, 900)}件"
        place = chance.choice(PLACES) + chance.choice(STREETS)
        persons = "、".join(chance.choice(FAMILY) + "".join(chance.sample(GIVEN, 2)) for _ in "123")
        cause, result = chance.choice(CAUSES), chance.choice(RESULTS)
        seven, five = (
            vector(terms.passages(texts)[0])
            for texts in ([event, course, result, persons, cause, place], [event, course, persons, place])
        )
        made.append((n, place, persons, event, cause, course, result, seven, five))
    return made


def names() -> list[tuple[Any, ...]]:
    told = [a + b + c for c in KINDS for b in TRADES for a in NAMES]
    return [(n, name, vector(terms.passages([name])[0])) for n, name in enumerate(told)]


def vector(tokens: list[str]) -> str:
    return " ".join(f"'{token}':{place}" for place, token in enumerate(tokens, 1) if token != terms.BREAK)
