"""Set up ``.venv`` and pass everything that a change must pass.

    python3 tests/run.py                     all of it, as .ci/run does
    python3 tests/run.py types               one step: format, lint, types, native or tests
    python3 tests/run.py tests -k hover -x   options after the step go to it

Needs Python 3.10, its venv module and a C compiler; everything else comes with pip.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.bootstrap import enter  # noqa: E402

SANITIZED: Final = ROOT / "build" / "sanitized"


def main() -> int:
    """Run the steps; 0 when all passed."""
    name, *options = sys.argv[1:] or ["all"]
    if name in ("-h", "--help"):
        print(__doc__)
        return 0
    steps = STEPS if name == "all" else {name: STEPS[name]} if name in STEPS else None
    if steps is None:
        print(f"run: no step {name!r}; there are {', '.join(STEPS)}", file=sys.stderr)
        return 2
    enter("dev")
    failed = [step for step, commands in steps.items() if not passes(step, commands, options)]
    print(f"failed: {', '.join(failed)}" if failed else "all passed", flush=True)
    return 1 if failed else 0


def passes(step: str, commands: list[list[str]], options: list[str]) -> bool:
    """Run one step's commands until one fails; ``options`` go to the last."""
    print(f"== {step}", flush=True)
    started = time.monotonic()
    ok = True
    for number, command in enumerate(commands, 1):
        more = options if number == len(commands) else []
        ok = ok and subprocess.run([*command, *more], cwd=ROOT, check=False).returncode == 0
    print(f"== {step}: {'ok' if ok else 'FAILED'} ({time.monotonic() - started:.0f} s)", flush=True)
    return ok


def tool(name: str) -> str:
    """A program of the environment that this script runs in."""
    return str(Path(sys.executable).parent / (name + (".exe" if os.name == "nt" else "")))


STEPS: Final[dict[str, list[list[str]]]] = {
    "format": [[tool("ruff"), "format", "--check", "--quiet"]],
    "lint": [[tool("ruff"), "check", "--quiet"]],
    "types": [[tool("basedpyright")]],
    "native": [
        [
            tool("cmake"), "-S", "cppls/clang/native", "-B", str(SANITIZED), "-G", "Ninja",
            f"-DCMAKE_MAKE_PROGRAM={tool('ninja')}", "-DCPPLS_SANITIZE=ON", "-DCPPLS_TESTS=ON",
            f"-DPython3_EXECUTABLE={sys.executable}", "--log-level=WARNING",
        ],
        [tool("ninja"), "-C", str(SANITIZED), "--quiet"],
        [tool("ctest"), "--test-dir", str(SANITIZED), "--output-on-failure", "--no-tests=error"],
    ],
    "tests": [[sys.executable, "-m", "pytest", "-q"]],
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
