"""A real Elasticsearch of our own: loopback only, a password made up at each start, gone without a trace at its end.

``python -m stack.elasticsearch`` prints its address once it answers. Maven fetches the server (once, into
``.elasticsearch/``); it is started by a Java 21 or later and, where we are root, as another user, for it refuses root.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from articles.errors import DefectorwatchError, SettingError
from stack import _java
from stack._elasticsearch import NAME, fetched, folder, kill, last_words, maven, to_its_end
from stack._unprivileged import account, demoted, within_reach

_HOME = Path(__file__).resolve().parents[1] / ".elasticsearch"
_NOTE = _HOME / "address"
_JAVA = 21

#: Seconds for a start: 11 on two idle cores. And for an orderly end, after which it is killed.
_START_S = 180.0
_STOP_S = 30.0

#: 512 MB of heap make 750 MB resident.
_HEAP = "-Xms512m\n-Xmx512m\n"

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1

#: A module of the JDK that makes vector search faster; the server runs without it.
_VECTOR = "jdk.incubator.vector"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running one."""

    port: int
    password: str = field(repr=False)
    process: subprocess.Popen[bytes] = field(repr=False)
    log: Path

    @property
    def url(self) -> str:
        """With user and password, as ``ELASTICSEARCH_URL`` takes it."""
        return f"http://elastic:{self.password}@127.0.0.1:{self.port}"

    @property
    def said(self) -> list[str]:
        """Its log, line by line."""
        return self.log.read_text(encoding="utf-8", errors="replace").splitlines()


@contextmanager
def serve(port: int = 0, *, base: Path | None = None) -> Iterator[Server]:
    """A server that answers, until the block is left; port 0 takes a free one. ``base`` is where it is kept."""
    from pipeline.ports import free
    from stack.postgres import free_port

    if port:
        free("127.0.0.1", port)
    java = _java.home(_JAVA)
    who = account(NAME, "elasticsearch", "nobody")
    program = fetched(within_reach(base or _HOME), java)
    run = _folder_of_a_run(program.parents[1])
    try:
        password = secrets.token_urlsafe(18)
        _configure(program, run, java, port or free_port())
        _give(run, who)
        environment = {**_clean(), "ES_JAVA_HOME": str(java), "ES_PATH_CONF": str(run / "config")}
        environment["ES_TMPDIR"] = str(run / "tmp")
        _set_password(program, password, environment, who)
        with _started(program, run, environment, who) as process:
            server = Server(port=_port(run), password=password, process=process, log=run / "server.log")
            _await(server)
            yield server
    finally:
        shutil.rmtree(run, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class Found:
    """One that somebody else started and will stop."""

    url: str = field(repr=False)


@contextmanager
def running() -> Iterator[Server | Found]:
    """The one that `make elasticsearch` runs; where none does, one of our own until the block is left."""
    if url := _address():
        yield Found(url)
        return
    with serve() as server:
        yield server


def _address() -> str:
    """What is noted of one that answers, ``""`` where none does."""
    try:
        url = _NOTE.read_text(encoding="utf-8")
    except OSError:
        return ""
    return url if url and _answers(url) else ""


@contextmanager
def _noted(url: str) -> Iterator[None]:
    """Leaves the address, which holds the password, where :func:`running` finds it and nobody else reads it.

    The note of another one that answers stays.
    """
    if _address():
        yield
        return
    _NOTE.parent.mkdir(parents=True, exist_ok=True)
    _NOTE.unlink(missing_ok=True)
    with os.fdopen(os.open(_NOTE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(url)
    try:
        yield
    finally:
        _NOTE.unlink(missing_ok=True)


def _answers(url: str) -> bool:
    from elasticsearch import ApiError, Elasticsearch, TransportError

    with Elasticsearch(url, max_retries=0, request_timeout=5) as client:
        try:
            client.cluster.health()
        except (ApiError, TransportError):
            return False
    return True


def lacking() -> str:
    """What this machine lacks to run one, in a sentence; ``""`` where it lacks nothing."""
    try:
        _java.home(_JAVA)
        if not folder(within_reach(_HOME)).is_dir():
            maven()
    except SettingError as error:
        return str(error)
    return ""


# ---------------------------------------------------------------- starting


def _folder_of_a_run(base: Path) -> Path:
    """A new one; those of killed runs go."""
    from pipeline import workers

    for owner in base.glob("run-*/owner"):
        if workers.is_dead(owner.read_text(encoding="utf-8")):
            shutil.rmtree(owner.parent, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix="run-", dir=base))
    (made / "owner").write_text(workers.name(), encoding="utf-8")
    return made


def _configure(program: Path, run: Path, java: Path, port: int) -> None:
    """A configuration of this run's own: the program itself is never written to."""
    config = run / "config"
    shutil.copytree(program / "config", config)
    for name in ("data", "logs", "tmp"):
        (run / name).mkdir()
    settings = {
        "cluster.name": "defectorwatch-development",
        "discovery.type": "single-node",
        "http.host": "127.0.0.1",
        "http.port": port,
        "transport.host": "127.0.0.1",
        "transport.port": 0,
        "path.data": run / "data",
        "path.logs": run / "logs",
        "xpack.security.enabled": "true",
        "xpack.security.enrollment.enabled": "false",
        "xpack.security.http.ssl.enabled": "false",
        "xpack.security.transport.ssl.enabled": "false",
        "cluster.routing.allocation.disk.threshold_enabled": "false",  # a full disk would make indices read-only
    }
    (config / "elasticsearch.yml").write_text("".join(f"{name}: {value}\n" for name, value in settings.items()))
    (config / "jvm.options.d").mkdir(exist_ok=True)
    (config / "jvm.options.d" / "heap.options").write_text(_HEAP)
    if not _java.has(java, _VECTOR):
        options = config / "jvm.options"
        kept = [line for line in options.read_text().splitlines() if _VECTOR not in line]
        options.write_text("\n".join(kept) + "\n")


def _port(run: Path) -> int:
    lines = (run / "config" / "elasticsearch.yml").read_text().splitlines()
    return next(int(line.split(":")[1]) for line in lines if line.startswith("http.port:"))


def _give(run: Path, who: tuple[int, int] | None) -> None:
    if who is not None:
        for path in (run, *run.rglob("*")):
            os.chown(path, *who)


def _clean() -> dict[str, str]:
    """The environment without what the server's scripts warn of or take for theirs."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("JAVA_", "ES_", "_JAVA")) and name not in {"CLASSPATH", "ELASTICSEARCH_URL"}
    }


def _set_password(program: Path, password: str, environment: dict[str, str], who: tuple[int, int] | None) -> None:
    """By standard input, so that no list of processes shows it."""
    command = [str(program / "bin" / "elasticsearch-keystore"), "add", "-xf", "bootstrap.password"]
    code, said = to_its_end(command, given=password.encode(), env=environment, cwd="/", **demoted(who))
    if code != 0:
        raise SettingError(f"its keystore could not be made ({last_words(said)})", subject=NAME)


@contextmanager
def _started(
    program: Path, run: Path, environment: dict[str, str], who: tuple[int, int] | None
) -> Iterator[subprocess.Popen[bytes]]:
    """The process, in a group of its own: Ctrl-C reaches us, and we stop it."""
    with (run / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [str(program / "bin" / "elasticsearch")],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd="/",
            start_new_session=True,
            preexec_fn=_end_with_us,
            **demoted(who),
        )
    try:
        yield process
    finally:
        _stop(process)


def _end_with_us() -> None:
    """Run in the child: it is asked to stop when we die, even of signal 9, which no code of ours would notice."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Asks, waits, and kills what is left."""
    try:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_S)
    finally:
        kill(process)


def _await(server: Server) -> None:
    """Returns when it answers to its password; ``SettingError`` with its last words where it will not."""
    from elasticsearch import ApiError, Elasticsearch, TransportError

    until = time.monotonic() + _START_S
    with Elasticsearch(server.url, max_retries=0, request_timeout=5) as client:
        while time.monotonic() < until:
            if server.process.poll() is not None:
                raise SettingError(f"ended while starting ({last_words(server.said)})", subject=NAME)
            try:
                client.cluster.health(wait_for_status="yellow", timeout="2s")
                return
            except (ApiError, TransportError):
                time.sleep(0.2)
    raise SettingError(f"gave no answer in {_START_S:.0f} s ({last_words(server.said)})", subject=NAME)


# ---------------------------------------------------------------- by hand


def main() -> int:
    """Runs one until it is told to stop. 2 where it cannot start or ends by itself."""
    given = argparse.ArgumentParser(prog="python -m stack.elasticsearch", description=__doc__)
    given.add_argument("--port", type=int, default=0, help="a free one where left out")
    options = given.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background job inherits that SIGINT is ignored
        signal.signal(number, _leave)
    try:
        with serve(options.port) as server, _noted(server.url):
            print(server.url, flush=True)
            print(
                "stop it with Ctrl-C; `INDEX=elasticsearch make run` finds it, other programs want that address in "
                "ELASTICSEARCH_URL",
                file=sys.stderr,
            )
            server.process.wait()
            raise SettingError(f"ended by itself ({last_words(server.said)})", subject=NAME)
    except KeyboardInterrupt:
        return 0
    except DefectorwatchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _leave(_number: int, _frame: FrameType | None) -> Any:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
