"""The city 邢台市局 of the pilot: no recorders, the ledgers of its three counties.

All people and numbers are invented.
"""

from __future__ import annotations

from zhilu.demo.bureau.county import County, Member, Unit

_UNITS = (
    Unit("局领导", "leadership"),
    Unit("法制科", "legal"),
    Unit("征收管理科", "administration"),
    Unit("税源监控科", "monitoring"),
    Unit("稽查局", "inspection"),
    Unit("信息中心", "support"),
    Unit("督察内审科", "support"),
)

_MEMBERS = (
    Member("leader", "高建军", "13050001", "局领导", ("leader",), "leader"),
    Member("deputy", "程秀兰", "13050002", "局领导", ("approver",), "leader"),
    Member("editor", "沈文博", "13050003", "法制科", ("legal-editor",), "head"),
    Member("viewer", "苗青", "13050004", "法制科", ("viewer",)),
    Member("head", "安国华", "13050005", "征收管理科", ("unit-head",), "head"),
    Member("supervisor", "宗晓梅", "13050010", "督察内审科", ("supervisor",)),
    Member("audit", "丛林", "13050006", "督察内审科", ("audit-administrator",)),
    Member("system", "卢涛", "13050007", "信息中心", ("system-administrator",)),
    Member("security1", "尚洁", "13050008", "信息中心", ("security-administrator",)),
    Member("security2", "裴勇", "13050009", "督察内审科", ("security-administrator",)),
)

XINGTAI = County(
    code="xingtai",
    place=3,
    name_zh="邢台市税务局",
    name_en="Xingtai City Tax Service",
    units=_UNITS,
    members=_MEMBERS,
    logins=tuple(one.login for one in _MEMBERS),
    tier="city",
)
