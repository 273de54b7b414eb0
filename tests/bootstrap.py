"""Sets up ``.venv`` once for the two commands of the README; stdlib only.

``tests/run.py`` and ``benchmarks/demo.py`` share it. The environment is made anew only when what
it is made from has changed: pyproject.toml or the C library's sources.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
VENV: Final = ROOT / ".venv"
NATIVE: Final = ROOT / "cppls" / "clang" / "native"


class SetupError(Exception):
    """The environment cannot be made; the message says what to do."""


def enter(extra: str = "") -> None:
    """Go on inside ``.venv``, which holds cppls with the dependencies of ``extra``.

    The running program is replaced by itself under the environment's Python; returns when that
    is already so. Exits with 1 and a message when the environment cannot be made.
    """
    if Path(sys.prefix).resolve() == VENV.resolve():
        return
    try:
        python = prepare(extra)
    except SetupError as error:
        sys.exit(f"setup: {error}")
    sys.stdout.flush()
    command = [str(python), *sys.argv]
    if os.name == "nt":  # exec does not replace a process there: it returns to the shell at once
        sys.exit(subprocess.run(command, check=False).returncode)
    os.execv(python, command)


def prepare(extra: str) -> Path:
    """The environment's Python, after making or renewing the environment where that is needed."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = VENV / f"cppls-{extra or 'plain'}.stamp"
    wanted = fingerprint()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return python
    check_machine()
    print(f"setup: making {VENV} (once, needs the package index)", file=sys.stderr, flush=True)
    log = ROOT / "build" / "setup.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text("")
    if not python.exists():
        execute([sys.executable, "-m", "venv", "--clear", str(VENV)], log)
    target = f".[{extra}]" if extra else "."
    execute([str(python), "-m", "pip", "install", "--quiet", "--editable", target], log)
    stamp.write_text(wanted)
    return python


def check_machine() -> None:
    """Raises :class:`SetupError` for what pip cannot bring."""
    if sys.version_info < (3, 10):  # noqa: UP036 (pip would say so in a hundred lines)
        raise SetupError(f"Python 3.10 or newer is needed, this is {sys.version.split()[0]}")
    if os.name != "nt" and not any(map(shutil.which, (os.environ.get("CC") or "cc", "gcc"))):
        raise SetupError("a C compiler is needed: apt install gcc libc6-dev (or set CC)")
    if not (find_spec("venv") and find_spec("ensurepip")):  # Debian's python3 comes without
        raise SetupError("this Python has no venv: apt install python3-venv")


def fingerprint() -> str:
    """Changes with everything that the environment is made from."""
    digest = hashlib.sha256(os.fsencode(ROOT))
    for path in (ROOT / "pyproject.toml", *sources()):
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def sources() -> Iterator[Path]:
    """The C library's sources and build files, in a stable order."""
    for path in sorted(NATIVE.rglob("*")):
        if path.suffix in (".c", ".h") or path.name == "CMakeLists.txt":
            yield path


def execute(command: list[str], log: Path) -> None:
    """Run a step of the setup; its output goes to ``log``. Raises :class:`SetupError`."""
    environment = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    with log.open("ab") as out:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT, check=False
        )
    if done.returncode != 0:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise SetupError(f"{' '.join(command)} failed; the end of {log}:\n{tail}")
