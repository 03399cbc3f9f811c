"""The wheel carries everything that a program reads: a bureau's machine has neither npm nor git."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_wheel_is_complete(tmp_path: Path) -> None:
    build = [Path(sys.executable).parent / "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        carried = set(archive.namelist())
        (entry_points,) = [
            archive.read(name).decode() for name in carried if name.endswith("entry_points.txt")
        ]
    files = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src/zhilu").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert files <= carried, sorted(files - carried)
    assert "zhilu/browser/vendor/hpke-core/mod.js" in carried
    assert "zhilu/server/static/vendor/htmx.min.js" in carried
    assert "zhilu/locale/zh_Hans/LC_MESSAGES/zhilu.mo" in carried
    assert "zhilu = zhilu.cli:main" in entry_points
    assert {name.rsplit("/", 1)[1] for name in carried if "/licenses/" in name} == {"LICENSE", "NOTICE"}
