"""The county 巨鹿 of the pilot: its share of 34 recorders, 200 household visits and their results.

All people, taxpayers and numbers are invented.
"""

from __future__ import annotations

from zhilu.demo.bureau.county import County, Member, Share, Unit

_UNITS = (
    Unit("局领导", "leadership"),
    Unit("征收科", "collection"),
    Unit("管理科", "administration"),
    Unit("监控科", "monitoring"),
    Unit("稽查局", "inspection"),
    Unit("检查一科", "inspection", "稽查局"),
    Unit("检查二科", "inspection", "稽查局"),
    Unit("法制科", "legal"),
    Unit("信息中心", "support"),
    Unit("纪检组", "support"),
)


def _officer(login: str, name: str, number: str, unit: str, recorder: bool = False) -> Member:
    return Member(login, name, number, unit, ("officer",), recorder=recorder)


def _head(login: str, name: str, number: str, unit: str, recorder: bool = False) -> Member:
    return Member(login, name, number, unit, ("officer", "unit-head", "approver"), "head", (unit,), recorder)


_MEMBERS = (
    _officer("officer", "张建国", "13052901", "检查一科", recorder=True),
    _officer("officer2", "李敏", "13052907", "检查一科"),
    _officer("hanxue", "韩雪", "13052921", "检查一科", recorder=True),
    _head("head", "马超", "13052909", "检查一科"),
    _head("guoyongqiang", "郭永强", "13052922", "检查二科"),
    _officer("gaoxiang", "高翔", "13052923", "检查二科", recorder=True),
    _officer("tiantian", "田甜", "13052924", "检查二科", recorder=True),
    _head("lixiuying", "李秀英", "13052925", "征收科"),
    _officer("wanghaitao", "王海涛", "13052926", "征收科", recorder=True),
    _officer("zhaoyutong", "赵雨桐", "13052927", "征收科", recorder=True),
    _officer("fengtao", "冯涛", "13052928", "征收科"),
    _head("chenweidong", "陈卫东", "13052929", "管理科"),
    _officer("yangfan", "杨帆", "13052930", "管理科", recorder=True),
    _officer("wuqian", "吴倩", "13052931", "管理科", recorder=True),
    _officer("zhengkai", "郑凯", "13052932", "管理科", recorder=True),
    _officer("xujing", "许静", "13052933", "管理科", recorder=True),
    _officer("houbin", "侯斌", "13052934", "管理科"),
    _head("mengfanlin", "孟凡林", "13052935", "监控科"),
    _officer("songjia", "宋佳", "13052936", "监控科", recorder=True),
    _officer("liangzhiyuan", "梁志远", "13052937", "监控科", recorder=True),
    Member("viewer", "王丽华", "13052902", "法制科", ("viewer",)),
    Member("review", "曹慧", "13052938", "稽查局", ("viewer",), scope=("稽查局",)),
    Member("approver", "刘志强", "13052903", "局领导", ("leader",), "leader"),
    Member("deputy", "周建华", "13052939", "局领导", ("approver",), "leader"),
    Member("security1", "孙敏", "13052904", "信息中心", ("security-administrator",)),
    Member("security2", "赵磊", "13052905", "纪检组", ("security-administrator",)),
    Member("system", "陈晓", "13052906", "信息中心", ("system-administrator",)),
    Member("audit", "周宁", "13052908", "纪检组", ("audit-administrator",)),
    Member("keeper", "钱芳", "13052910", "信息中心", ("equipment-keeper",)),
    Member("trainer", "何静", "13052911", "法制科", ("trainer",)),
    Member("editor", "陆文", "13052912", "法制科", ("legal-editor",), "head"),
)

_TAXPAYERS = (
    ("巨鹿县宏达机械配件厂", "新华北街 18 号"),
    ("巨鹿县顺兴五金加工部", "健康路西段 66 号"),
    ("巨鹿县金穗粮油购销有限公司", "西郭城镇政府路 3 号"),
    ("王虎寨镇仓储有限公司", "王虎寨镇工业路 9 号"),
    ("巨鹿县福满园酒楼", "富强路 121 号"),
    ("巨鹿县惠民药店连锁一店", "黄巾大道 57 号"),
    ("巨鹿县鑫源橡塑制品有限公司", "官亭镇工业区 12 号"),
    ("巨鹿县诚信建材经营部", "东环路建材市场 B 区 8 号"),
    ("巨鹿县老邢家面馆", "新华南街 204 号"),
    ("巨鹿县金银花加工合作社", "堤村乡堤村北街 1 号"),
    ("巨鹿县永昌纺织有限公司", "经济开发区纬三路 6 号"),
    ("巨鹿县蓝天汽车修理厂", "邢德路 39 号"),
    ("巨鹿县佳美服装店", "商业步行街 27 号"),
    ("巨鹿县众鑫物流有限公司", "苏家营镇物流园 5 号"),
    ("巨鹿县恒发房地产开发有限公司", "迎宾大街 88 号"),
    ("巨鹿县旺达超市", "团结路 12 号"),
    ("巨鹿县瑞丰枸杞贸易有限公司", "闫疃镇中心街 33 号"),
    ("巨鹿县天和家具厂", "张王疃乡工业小区 4 号"),
    ("巨鹿县新时代摄影店", "文化街 16 号"),
    ("巨鹿县锦绣宾馆", "富强路 7 号"),
    ("巨鹿县双利钢构有限公司", "经济开发区经一路 21 号"),
    ("巨鹿县绿野果蔬专业合作社", "小吕寨镇吕寨村东"),
    ("巨鹿县明珠眼镜店", "健康路 9 号"),
    ("巨鹿县宏运加油站", "邢德路与东环路交口"),
    ("巨鹿县佰乐家电维修部", "新华中街 73 号"),
    ("巨鹿县海诺塑料包装有限公司", "观寨乡工业路 2 号"),
    ("巨鹿县万家福快捷酒店", "车站路 41 号"),
    ("巨鹿县博文教育咨询中心", "文化街 58 号"),
    ("巨鹿县聚源废旧物资回收站", "南环路 105 号"),
    ("巨鹿县金鼎珠宝行", "商业步行街 1 号"),
)

JULU = County(
    code="julu",
    name_zh="巨鹿县税务局",
    name_en="Julu County Tax Service",
    units=_UNITS,
    members=_MEMBERS,
    taxpayers=_TAXPAYERS,
    share=Share(
        acts={"household": 75, "determined": 22, "interview": 18, "scene": 15},
        outcomes={
            "quota-adjusted": 6,
            "relief-cancelled": 2,
            "off-book-found": 2,
            "dispute-settled": 2,
            "disturbance-handled": 1,
        },
    ),
    centre=(372_200_000, 1_150_300_000),
)
