"""The district 桥西 of the pilot, told more lightly than 巨鹿: its share of 34 recorders, 200 household
visits and their results.

All people, taxpayers and numbers are invented.
"""

from __future__ import annotations

from zhilu.demo.bureau.county import UNITS, County, Member, Share, head, officer

_MEMBERS = (
    officer("officer", "姜海波", "13050301", "检查一科", recorder=True),
    officer("officer2", "尹雪", "13050302", "检查一科"),
    head("head", "阎国栋", "13050303", "检查一科"),
    officer("laibin", "赖斌", "13050304", "检查二科", recorder=True),
    officer("meijuan", "梅娟", "13050305", "检查二科", recorder=True),
    head("caozhi", "曹志", "13050306", "检查二科"),
    officer("fanglin", "方琳", "13050307", "征收科", recorder=True),
    officer("xiongwei", "熊伟", "13050308", "征收科", recorder=True),
    head("yujianping", "于建平", "13050309", "征收科"),
    officer("hongtao", "洪涛", "13050310", "管理科", recorder=True),
    officer("ganlu", "甘露", "13050311", "管理科", recorder=True),
    officer("niuben", "牛犇", "13050312", "管理科", recorder=True),
    officer("jinming", "金明", "13050313", "管理科", recorder=True),
    head("zhongxiaohua", "钟晓华", "13050314", "管理科"),
    officer("muyan", "穆岩", "13050315", "监控科", recorder=True),
    officer("shaoqing", "邵青", "13050316", "监控科", recorder=True),
    head("tanzhong", "谭忠", "13050317", "监控科"),
    Member("viewer", "纪晓芳", "13050318", "法制科", ("viewer",)),
    Member("approver", "管仲平", "13050319", "局领导", ("leader",), "leader"),
    Member("deputy", "涂志远", "13050320", "局领导", ("approver",), "leader"),
    Member("security1", "池涛", "13050321", "信息中心", ("security-administrator",)),
    Member("security2", "滕越", "13050322", "纪检组", ("security-administrator",)),
    Member("system", "岳峰", "13050323", "信息中心", ("system-administrator",)),
    Member("audit", "伍洁", "13050324", "纪检组", ("audit-administrator",)),
    Member("keeper", "章程远", "13050325", "信息中心", ("equipment-keeper",)),
    Member("trainer", "祝琴", "13050326", "法制科", ("trainer",)),
    Member("editor", "褚文", "13050327", "法制科", ("legal-editor",), "head"),
    Member("supervisor", "闵静怡", "13050328", "法制科", ("supervisor", "viewer")),
)

_TAXPAYERS = (
    ("桥西区中兴大厦商贸行", "中兴西大街 201 号"),
    ("桥西区守敬路面馆", "守敬北路 35 号"),
    ("桥西区钢铁路五金机电商行", "钢铁北路 118 号"),
    ("桥西区达活泉园艺中心", "公园东街 6 号"),
    ("桥西区新世纪电子商城", "新西街 58 号"),
    ("桥西区泉北物业服务有限公司", "泉北西大街 410 号"),
    ("桥西区龙泉茶庄", "冶金北路 72 号"),
    ("桥西区安和口腔门诊部", "清风街 19 号"),
    ("桥西区家和家政服务部", "郭守敬大街 303 号"),
    ("桥西区百川教育咨询有限公司", "红星街 44 号"),
    ("桥西区恒生建筑劳务有限公司", "滨江路 9 号"),
    ("桥西区邢钢运输服务队", "钢铁南路 260 号"),
    ("桥西区风味园酒楼", "中华大街 128 号"),
    ("桥西区鼎盛典当行", "新兴西大街 85 号"),
    ("桥西区蓝调酒吧", "顺德路 66 号"),
    ("桥西区北方轴承经销处", "车站北路 21 号"),
    ("桥西区众诚汽贸有限公司", "祥和大街 500 号"),
    ("桥西区优选生鲜超市", "兴达路 17 号"),
)

QIAOXI = County(
    code="qiaoxi",
    place=2,
    name_zh="桥西区税务局",
    name_en="Qiaoxi District Tax Service",
    short="桥",
    area="130503",
    court="桥西区人民法院",
    units=UNITS,
    members=_MEMBERS,
    logins=("officer", "head", "approver", "supervisor", "audit", "keeper", "system"),
    taxpayers=_TAXPAYERS,
    share=Share(
        acts={"household": 67, "determined": 8, "interview": 7, "scene": 5},
        outcomes={
            "quota-adjusted": 4,
            "relief-cancelled": 1,
            "off-book-found": 2,
            "dispute-settled": 2,
            "disturbance-handled": 0,
        },
    ),
    centre=(370_550_000, 1_144_600_000),
    first=24,
    together=3,
    is_light=True,
    fates=(
        ("view", "case", "released"),
        ("view", "taxpayer-request", "released"),
        ("view", "dispute", "waiting"),
    ),
)
