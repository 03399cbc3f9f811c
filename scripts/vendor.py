"""Fetch the browser parts with npm, by the hashes of package-lock.json, and place them where the pages look.

Node comes from the wheel in .venv: one locked version on every machine. With --dev the type checker comes
too.
"""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
STATIC = ROOT / "src/zhilu/server/static/vendor"
BROWSER = ROOT / "src/zhilu/browser/vendor"

NOBLE = [f"{name}.{kind}" for name in ("sha2", "_md", "_u64", "utils") for kind in ("js", "d.ts")]

# (file or folder below node_modules, where it goes). Folders are copied without source maps.
PARTS = [
    ("htmx.org/dist/htmx.min.js", STATIC / "htmx.min.js"),
    ("htmx.org/LICENSE", STATIC / "htmx.LICENSE"),
    ("@tabler/core/dist/css/tabler.min.css", STATIC / "tabler.min.css"),
    ("@tabler/core/dist/js/tabler.min.js", STATIC / "tabler.min.js"),
    ("echarts/dist/echarts.common.min.js", STATIC / "echarts.min.js"),
    ("echarts/LICENSE", STATIC / "echarts.LICENSE"),
    ("echarts/NOTICE", STATIC / "echarts.NOTICE"),
    ("zrender/LICENSE", STATIC / "zrender.LICENSE"),
    ("@hpke/core/esm", BROWSER / "hpke-core"),
    ("@hpke/core/LICENSE", BROWSER / "hpke-core.LICENSE"),
    ("@hpke/common/esm", BROWSER / "hpke-common"),
    ("@hpke/common/LICENSE", BROWSER / "hpke-common.LICENSE"),
    ("mediabunny/dist/bundles/mediabunny.min.mjs", BROWSER / "mediabunny" / "mod.js"),
    ("mediabunny/dist/mediabunny.d.ts", BROWSER / "mediabunny" / "mod.d.ts"),
    ("mediabunny/LICENSE", BROWSER / "mediabunny.LICENSE"),
    *((f"@noble/hashes/{name}", BROWSER / "noble-hashes" / name) for name in NOBLE),
    ("@noble/hashes/LICENSE", BROWSER / "noble-hashes.LICENSE"),
]


def npm_ci(dev: bool) -> None:
    command = [str(Path(sys.executable).parent / "npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    command.append("--loglevel=error")  # npm would warn of settings of the machine that it does not know
    if not dev:
        command.append("--omit=dev")
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def relink() -> None:
    """Turn the bare name `@hpke/common` into a path.

    A page under `script-src 'self'` may hold no inline import map, and Node knows none: so the modules name
    each other by path, and the same files serve both.
    """
    for file in (BROWSER / "hpke-core").rglob("*.js"):
        up = "../" * len(file.relative_to(BROWSER).parent.parts)
        file.write_text(file.read_text().replace('"@hpke/common"', f'"{up}hpke-common/mod.js"'))


def place() -> None:
    for folder in (STATIC, BROWSER):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for name, target in PARTS:
        source = MODULES / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.map"))
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(source, target)
    relink()


if __name__ == "__main__":
    npm_ci("--dev" in sys.argv[1:])
    place()
