"""Servers that refuse to run as root: whom they run as instead, and a folder which that account can walk to."""

from __future__ import annotations

import hashlib
import os
import pwd
from pathlib import Path
from typing import Any

from articles.errors import SettingError

_OPEN = Path("/var/lib")


def account(server: str, *names: str) -> tuple[int, int] | None:
    """User and group id of the first of ``names`` that this machine has; ``None`` where we are not root anyway."""
    if os.geteuid() != 0:
        return None
    for name in names:
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid
    raise SettingError("refuses to run as root and there is no other user; run this as a person", subject=server)


def demoted(who: tuple[int, int] | None) -> dict[str, Any]:
    """Arguments of ``subprocess`` by which a child runs as ``who``."""
    return {} if who is None else {"user": who[0], "group": who[1], "extra_groups": []}


def within_reach(folder: Path) -> Path:
    """The folder itself, or where another account cannot walk to it, one below ``/var/lib``, which only root fills."""
    closed = (parent for parent in folder.parents if parent.exists() and not parent.stat().st_mode & 0o001)
    if os.geteuid() != 0 or next(closed, None) is None:
        return folder
    mark = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return _OPEN / f"defectorwatch-{folder.name.lstrip('.')}-{mark}"
