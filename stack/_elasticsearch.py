"""Elasticsearch's program: Maven fetches it once, with the plugin of docker/elasticsearch, into one folder."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from articles.errors import SettingError

NAME = "Elasticsearch"
VERSION = "9.2.0"

_POM = Path(__file__).resolve().parents[1] / "docker" / "elasticsearch" / "pom.xml"


def fetched(base: Path, java: Path) -> Path:
    """The program's folder, fetched where it is not there yet: 100 MB, once. ``SettingError`` where Maven cannot."""
    if not _POM.is_file():
        raise SettingError("is started from a checkout, which has docker/elasticsearch; use one", subject=NAME)
    program = folder(base)
    if program.is_dir():
        return program
    base.mkdir(parents=True, exist_ok=True)
    base.chmod(0o755)
    part = Path(tempfile.mkdtemp(prefix="part-", dir=base))
    try:
        _package(part, java)
        part.chmod(0o755)
        _adopt(part, program.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return program


def folder(base: Path) -> Path:
    """Named for its version and for the plugin, so that an old one is not used."""
    files = sorted(path for path in (_POM, *_POM.parent.glob("src/**/*")) if path.is_file())
    mark = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]
    return base / f"{VERSION}-{mark}" / f"elasticsearch-{VERSION}"


def maven() -> str:
    found = shutil.which("mvn")
    if found is None:
        raise SettingError(
            "fetches the server and is missing; install it (Debian: apt-get install maven)", subject="Maven"
        )
    return found


def _package(into: Path, java: Path) -> None:
    command = [maven(), "-q", "-B", "-f", str(_POM), f"-Dinto={into}", f"-Delasticsearch.version={VERSION}", "package"]
    code, said = to_its_end(command, env={**os.environ, "JAVA_HOME": str(java)})
    if code != 0:
        wrong = [line for line in said if "ERROR" in line] or ["it said nothing"]
        raise SettingError(f"could not fetch the server ({wrong[0].strip()}); mend that and try again", subject="Maven")


def _adopt(part: Path, target: Path) -> None:
    """In one rename; another process may have been faster, and then its copy is as good."""
    try:
        part.rename(target)
    except OSError:
        if not target.is_dir():
            raise


def to_its_end(command: list[str], *, given: bytes = b"", **more: Any) -> tuple[int, list[str]]:
    """Exit code and lines of a program that ends by itself; none of its children outlives this call."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        **more,
    )
    try:
        said, _ = process.communicate(given)
    finally:
        kill(process)
    return process.returncode, said.decode(errors="replace").split("\n")


def kill(process: subprocess.Popen[bytes]) -> None:
    """What is left of the process and its children: they are one group."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    with process:  # waits, and closes the pipes
        pass


def last_words(lines: list[str]) -> str:
    telling = [line for line in lines if "ERROR" in line or "fatal" in line or "error:" in line]
    telling = telling or [line for line in lines if line.strip()]
    return telling[-1].strip()[:300] if telling else "it said nothing"
