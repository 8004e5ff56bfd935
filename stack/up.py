"""`make up`: Airflow on PostgreSQL, the search page, the recorded day and a mail catcher, until Ctrl-C or `make down`.

``python -m stack.up`` and ``python -m stack.up --down``. Each address is printed once it answers; what ends by itself
is started again, with its name and its log; when this ends, nothing that it started is left.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from urllib.parse import urlsplit

from rich.console import Console
from rich.markup import escape

from articles.errors import DefectorwatchError, SettingError
from pipeline.ports import free
from pipeline.settings import Settings, settings
from stack import children, environment
from stack.children import Child, Spec
from stack.lock import alone
from stack.postgres import Cluster, free_port

#: Seconds until everything must have answered; a first start on two busy cores took 40.
_PATIENCE_S = 180.0
_MOST_RESTARTS = 5  # of one process: what falls more often has a reason that a restart does not cure

out = Console(highlight=False, soft_wrap=True)


def main() -> int:
    """0 after an orderly stop, 2 where it could not start, 1 where a process fell too often."""
    try:
        return down(settings()) if "--down" in sys.argv else up(settings())
    except DefectorwatchError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"[red]error:[/] {escape(str(error))}")
        return 2


def up(chosen: Settings) -> int:
    """Starts everything, prints where it is, and waits."""
    leave = Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: leave.set())
    folder = (chosen.var / "stack").absolute()
    with alone(chosen.var), ExitStack() as stack:
        children.sweep(folder)  # what a killed one left
        for url in _addresses(chosen):
            free(urlsplit(url).hostname or "127.0.0.1", urlsplit(url).port or 80)
        stack.enter_context(_noted(folder))
        env = _environment(chosen, stack)
        started: list[Child] = []
        stack.callback(lambda: _stop(started, folder))
        started += [children.start(spec, env, folder) for spec in _specs(chosen, env)]
        if not _all_answer(started, leave, _words(chosen, env)):
            return 0
        out.print("Ctrl-C, or `make down` elsewhere, stops all of it")
        return _keep(started, env, folder, leave)


def down(chosen: Settings) -> int:
    """Stops what runs over this folder, however it was left. Says so where nothing runs."""
    folder = (chosen.var / "stack").absolute()
    pid = _supervisor(folder)
    if pid:
        os.kill(pid, signal.SIGTERM)
        last = time.monotonic() + 60
        while _supervisor(folder) and time.monotonic() < last:
            time.sleep(0.2)
    left = children.sweep(folder)
    Cluster(chosen.var / "postgres").down()
    out.print("stopped" if pid or left else "nothing was running")
    return 0


# ---------------------------------------------------------------- what is started


def _addresses(chosen: Settings) -> list[str]:
    found = [chosen.airflow_url, chosen.portal_url]
    if chosen.feeds == "replay":
        found.append(chosen.replay_url)
    if _catches_mail(chosen):
        found.append(chosen.mail_url)
    return found


def _catches_mail(chosen: Settings) -> bool:
    """Unless a mail server is set: then digests go there."""
    return "smtp_url" not in chosen.model_fields_set


def _smtp_url(chosen: Settings) -> str:
    """The usual address, or another where that port is taken: nobody has to know it."""
    usual = chosen.smtp_url.get_secret_value()
    try:
        free("127.0.0.1", int(_port(usual)))
    except SettingError:
        return f"smtp://127.0.0.1:{free_port()}"
    return usual


def _environment(chosen: Settings, stack: ExitStack) -> dict[str, str]:
    """PostgreSQL and Airflow's tables are there when this returns."""
    own = environment.own(chosen)
    if _catches_mail(chosen):
        own["DEFECTORWATCH_SMTP_URL"] = _smtp_url(chosen)
    if chosen.index == "elasticsearch" and "elasticsearch_url" not in chosen.model_fields_set:
        from stack.elasticsearch import running

        own["ELASTICSEARCH_URL"] = stack.enter_context(running()).url
    with out.status("PostgreSQL starts"):
        cluster = Cluster(chosen.var / "postgres")
        stack.callback(cluster.down)
        cluster.up()
        database = cluster.make("airflow")
    home = (chosen.var / "airflow").absolute()
    environment.logins(home)
    env = own | environment.airflow(home, database, chosen.airflow_url)
    with out.status("Airflow makes its tables"):
        _airflow(env, home, "db", "migrate")
        pools = home / "pools.json"
        pools.write_text(json.dumps(environment.pools()), encoding="utf-8")
        _airflow(env, home, "pools", "import", str(pools))
    return env


def _airflow(env: dict[str, str], home: Path, *words: str) -> None:
    log = home / "setup.log"
    with log.open("ab") as file:
        done = subprocess.run(
            [_program("airflow"), *words], env=env, stdout=file, stderr=file, stdin=subprocess.DEVNULL
        )
    if done.returncode != 0:
        raise SettingError(f"`airflow {' '.join(words)}` failed; its log is {log}", subject="Airflow")


def _program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _specs(chosen: Settings, env: Mapping[str, str]) -> list[Spec]:
    found = [
        Spec(name="api-server", command=(_program("airflow"), "api-server"), answers=f"{chosen.airflow_url}{_HEALTH}"),
        Spec(name="scheduler", command=(_program("airflow"), "scheduler", "--skip-serve-logs")),
        Spec(name="dag-processor", command=(_program("airflow"), "dag-processor")),
        Spec(name="triggerer", command=(_program("airflow"), "triggerer", "--skip-serve-logs")),
        Spec(
            name="portal",
            command=(_program("defectorwatch"), "portal", "--port", _port(chosen.portal_url)),
            answers=chosen.portal_url,
        ),
    ]
    if chosen.feeds == "replay":
        journal = str((chosen.var / "replay.jsonl").absolute())
        played = (sys.executable, "-m", "replay", "--port", _port(chosen.replay_url), "--journal", journal)
        found.append(Spec(name="replay", command=played, answers=f"{chosen.replay_url}/__replay__/day"))
    if _catches_mail(chosen):
        ports = ("--port", _port(chosen.mail_url), "--smtp-port", _port(env["DEFECTORWATCH_SMTP_URL"]))
        mails = str((chosen.var / "mail").absolute())
        caught = (sys.executable, "-m", "stack.mailcatcher", *ports, "--folder", mails)
        found.append(Spec(name="mailcatcher", command=caught, answers=chosen.mail_url))
    return found


def _port(url: str) -> str:
    return str(urlsplit(url).port or 80)


# ---------------------------------------------------------------- until it is all up


_HEALTH = "/api/v2/monitor/health"
_COMPONENTS = ("metadatabase", "scheduler", "dag_processor", "triggerer")


def _all_answer(started: Sequence[Child], leave: Event, words: Mapping[str, str]) -> bool:
    """Prints where each is as it answers. False where it was told to leave, ``SettingError`` where one stays away."""
    waiting = [child for child in started if child.spec.answers]
    last = time.monotonic() + _PATIENCE_S
    with out.status("starting") as shown:
        while waiting:
            if leave.wait(0.3):
                return False
            shown.update(f"waiting for {', '.join(child.spec.name for child in waiting)}")
            _none_fell(started)
            if time.monotonic() > last:
                slow = waiting[0]
                raise SettingError(f"gave no answer in {_PATIENCE_S:.0f} s; see {slow.log}", subject=slow.spec.name)
            answering = [child for child in waiting if _answers(child.spec.answers)]
            for child in answering:
                out.print(words[child.spec.name])
            waiting = [child for child in waiting if child not in answering]
    return True


def _none_fell(started: Sequence[Child]) -> None:
    for child in started:
        if child.ended() is not None:
            said = child.log.read_text(errors="replace").strip().splitlines()
            words = said[-1][:200] if said else "it said nothing"
            raise SettingError(f"ended while starting ({words}); see {child.log}", subject=child.spec.name)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=3) as answer:  # noqa: S310 - an address of ours
            body = answer.read()
    except (OSError, urllib.error.URLError):
        return False
    if not url.endswith(_HEALTH):
        return True
    told = json.loads(body)
    return all((told.get(part) or {}).get("status") == "healthy" for part in _COMPONENTS)


def _words(chosen: Settings, env: Mapping[str, str]) -> dict[str, str]:
    """What is said of each once it answers."""
    passwords = environment.logins(Path(env["AIRFLOW_HOME"]))
    logins = ", ".join(f"{user} / {password}" for user, password in passwords.items())
    return {
        "api-server": f"[bold]Airflow[/]        {chosen.airflow_url}   log in as {logins}",
        "portal": f"[bold]search page[/]    {chosen.portal_url}",
        "replay": f"[bold]recorded day[/]   {chosen.replay_url}",
        "mailcatcher": f"[bold]caught mail[/]    {chosen.mail_url}   (SMTP at {env.get('DEFECTORWATCH_SMTP_URL')})",
    }


# ---------------------------------------------------------------- while it runs


def _keep(started: list[Child], env: dict[str, str], folder: Path, leave: Event) -> int:
    """Starts again what ends by itself."""
    restarts: dict[str, int] = {}
    while not leave.wait(1.0):
        for place, child in enumerate(started):
            code = child.ended()
            if code is None:
                continue
            name = child.spec.name
            restarts[name] = restarts.get(name, 0) + 1
            if restarts[name] > _MOST_RESTARTS:
                out.print(f"[red]{name}[/] ended {restarts[name]} times, the last with code {code}; see {child.log}")
                return 1
            out.print(f"[yellow]{name}[/] ended with code {code} and is started again; its log is {child.log}")
            started[place] = children.start(child.spec, env, folder)
    return 0


def _stop(started: Sequence[Child], folder: Path) -> None:
    with out.status("stopping"):
        children.stop(started, folder)
    out.print("stopped")


@contextmanager
def _noted(folder: Path) -> Iterator[None]:
    """Leaves this process's id where `make down` finds it."""
    folder.mkdir(parents=True, exist_ok=True)
    note = folder / "up.pid"
    note.write_text(str(os.getpid()), encoding="utf-8")
    try:
        yield
    finally:
        note.unlink(missing_ok=True)


def _supervisor(folder: Path) -> int:
    """The id of a living `make up` over this folder, 0 where there is none."""
    try:
        pid = int((folder / "up.pid").read_text(encoding="utf-8"))
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return 0
    return pid if b"stack.up" in words else 0


if __name__ == "__main__":
    sys.exit(main())
