"""The county 清河 of the pilot, told more lightly than 巨鹿: its share of 34 recorders, 200 household visits
and their results.

All people, taxpayers and numbers are invented.
"""

from __future__ import annotations

from zhilu.demo.bureau.county import UNITS, County, Member, Share, head, officer

_MEMBERS = (
    officer("officer", "宋立新", "13053401", "检查一科", recorder=True),
    officer("officer2", "崔丽", "13053402", "检查一科"),
    head("head", "丁志刚", "13053403", "检查一科"),
    officer("fanjun", "范军", "13053404", "检查二科", recorder=True),
    officer("luxiaoyan", "路晓燕", "13053405", "检查二科", recorder=True),
    head("shiguangming", "石光明", "13053406", "检查二科"),
    officer("qiaolei", "乔磊", "13053407", "征收科", recorder=True),
    officer("wenjing", "温静", "13053408", "征收科", recorder=True),
    head("baiyufen", "白玉芬", "13053409", "征收科"),
    officer("tanglei", "唐磊", "13053410", "管理科", recorder=True),
    officer("jiaoyang", "焦阳", "13053411", "管理科", recorder=True),
    officer("shenlan", "申岚", "13053412", "管理科", recorder=True),
    officer("fuqiang", "付强", "13053413", "管理科", recorder=True),
    head("renguoqing", "任国庆", "13053414", "管理科"),
    officer("kanghui", "康慧", "13053415", "监控科", recorder=True),
    officer("leiming", "雷鸣", "13053416", "监控科", recorder=True),
    head("xueping", "薛平", "13053417", "监控科"),
    Member("viewer", "贾文慧", "13053418", "法制科", ("viewer",)),
    Member("approver", "段建民", "13053419", "局领导", ("leader",), "leader"),
    Member("deputy", "贺永生", "13053420", "局领导", ("approver",), "leader"),
    Member("security1", "龙飞", "13053421", "信息中心", ("security-administrator",)),
    Member("security2", "向红", "13053422", "纪检组", ("security-administrator",)),
    Member("system", "耿亮", "13053423", "信息中心", ("system-administrator",)),
    Member("audit", "汤敏", "13053424", "纪检组", ("audit-administrator",)),
    Member("keeper", "柴志勇", "13053425", "信息中心", ("equipment-keeper",)),
    Member("trainer", "施洁", "13053426", "法制科", ("trainer",)),
    Member("editor", "邱文", "13053427", "法制科", ("legal-editor",), "head"),
    Member("supervisor", "祁红梅", "13053428", "法制科", ("supervisor", "viewer")),
)

_TAXPAYERS = (
    ("清河县昌盛羊绒制品有限公司", "羊绒工业园纬二路 8 号"),
    ("清河县雪驼毛纺厂", "挥公大道 112 号"),
    ("清河县百纳汽车密封件有限公司", "太行路 36 号"),
    ("清河县老街烧饼店", "武松中街 19 号"),
    ("清河县润丰农资经营部", "王官庄镇政府路 5 号"),
    ("清河县鼎新商贸有限公司", "长江东街 77 号"),
    ("清河县四季绒纺门市部", "国际羊绒城 C 区 22 号"),
    ("清河县永固紧固件厂", "葛仙庄镇工业路 14 号"),
    ("清河县康宁大药房", "湘江街 60 号"),
    ("清河县福来宾馆", "运河路 3 号"),
    ("清河县华通物流服务站", "308 国道北侧"),
    ("清河县金羽羽绒制品厂", "连庄镇连庄村南"),
    ("清河县好邻居超市", "漓江街 41 号"),
    ("清河县聚鑫橡胶制品有限公司", "坝营镇坝营工业区 6 号"),
    ("清河县天成装饰材料行", "建材大世界 B12 号"),
    ("清河县顺达汽车维修中心", "泰山路 90 号"),
    ("清河县运河渔家餐馆", "运河路 88 号"),
    ("清河县新希望幼教用品店", "武松西街 27 号"),
)

QINGHE = County(
    code="qinghe",
    place=1,
    name_zh="清河县税务局",
    name_en="Qinghe County Tax Service",
    short="清",
    area="130534",
    court="清河县人民法院",
    units=UNITS,
    members=_MEMBERS,
    logins=("officer", "head", "approver", "supervisor", "audit", "keeper", "system"),
    taxpayers=_TAXPAYERS,
    share=Share(
        acts={"household": 67, "determined": 8, "interview": 7, "scene": 6},
        outcomes={
            "quota-adjusted": 5,
            "relief-cancelled": 2,
            "off-book-found": 2,
            "dispute-settled": 1,
            "disturbance-handled": 1,
        },
    ),
    centre=(370_600_000, 1_156_700_000),
    first=13,
    together=3,
    is_light=True,
    fates=(
        ("view", "case", "released"),
        ("view", "taxpayer-request", "released"),
        ("view", "dispute", "waiting"),
    ),
)
