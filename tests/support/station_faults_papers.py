"""`python -m support.station_faults_papers COUNTY_HOME OUT KID …`: what each recorder adopts, as `zhilu
server export adopt` writes it, in one process for all.
"""

import sys
from pathlib import Path

from zhilu.server.commands import boot
from zhilu.strictjson import dumps


def main(home: str, out: str, *kids: str) -> None:
    boot.start(Path(home))
    from zhilu.server.equipment.services.documents import adoption

    for kid in kids:
        (Path(out) / f"{kid}.json").write_bytes(dumps(adoption(kid)))


if __name__ == "__main__":
    main(*sys.argv[1:])
