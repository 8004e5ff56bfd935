"""`make run`: the real DAGs once over every feed, then a summary. ``python -m stack.run``.

Sources are played by the replay server (or asked live), mail is caught (or handed to the server that is set), Airflow
keeps its notes in a database that is thrown away. Safe to kill at any moment and to run again.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from articles.errors import DefectorwatchError
from pipeline.runtime import Runtime, open_runtime
from pipeline.settings import Settings, settings
from stack import environment
from stack.lock import alone

#: Tasks whose failure is a source's, told in the summary; any other failed task is ours.
_OF_THE_SOURCE = frozenset({"poll", "gate"})


@dataclass
class Outcome:
    """What the DAGs did: the counts of each poll, and the tasks of ours that failed."""

    polls: dict[str, Mapping[str, int]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)


def main() -> int:
    """0 where every step ran, also where a source could not be read; 1 where a step of ours failed; 2: cannot start."""
    console = Console(file=os.fdopen(os.dup(1), "w"), highlight=False, force_terminal=sys.stdout.isatty() or None)
    try:
        return _run(settings(), console)
    except DefectorwatchError as error:
        console.print(f"[red]error:[/] {escape(str(error))}", soft_wrap=True)
        return 2
    except KeyboardInterrupt:
        console.print("stopped; nothing is lost: run it again and it goes on where it was")
        return 130


def _run(chosen: Settings, console: Console) -> int:
    started = time.monotonic()
    _ = Runtime(chosen).feed_names  # a name that is no feed's is told at once
    with alone(chosen.var), ExitStack() as servers:
        log = chosen.var / "run.log"
        os.environ.update(_servers(chosen, servers, console))
        settings.cache_clear()
        home = chosen.var / "airflow-run"
        shutil.rmtree(home, ignore_errors=True)  # a killed run's notes
        os.environ.update(environment.airflow(home.absolute(), f"sqlite:///{home.absolute()}/airflow.db"))
        os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "WARNING"
        day = _digest_day(settings())
        servers.enter_context(_output_to(log))
        outcome = _play(console, day)
        return _tell(console, outcome, day, time.monotonic() - started, log)


def _servers(chosen: Settings, stack: ExitStack, console: Console) -> dict[str, str]:
    """Starts what the day needs on free ports, and says where it is as settings."""
    found = {"DEFECTORWATCH_VAR": str(chosen.var.absolute())}
    if chosen.feeds == "replay":
        from replay import server

        played = stack.enter_context(server.serve(0, chosen.var / "replay.jsonl"))
        found["DEFECTORWATCH_REPLAY_URL"] = played.url
    if "smtp_url" not in chosen.model_fields_set:
        from stack import mailcatcher

        found["DEFECTORWATCH_SMTP_URL"] = stack.enter_context(mailcatcher.catching(chosen.var / "mail")).smtp_url
    if chosen.index == "elasticsearch" and "elasticsearch_url" not in chosen.model_fields_set:
        from stack.elasticsearch import running

        console.print("no ELASTICSEARCH_URL is set: using the one of `make elasticsearch`, or starting it for this run")
        found["ELASTICSEARCH_URL"] = stack.enter_context(running()).url
    return found


def _digest_day(chosen: Settings) -> date:
    from pipeline import clock
    from replay.day import DAY

    return DAY.digest_day if chosen.feeds == "replay" else clock.today(chosen)


@contextmanager
def _output_to(log: Path) -> Iterator[None]:
    """Airflow talks on standard output and error; a person gets the summary, the log gets the talk."""
    kept = os.dup(1), os.dup(2)
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            for number, copy in enumerate(kept, start=1):
                os.dup2(copy, number)
                os.close(copy)


# ---------------------------------------------------------------- the DAGs


def _play(console: Console, day: date) -> Outcome:
    """Every ingest DAG, then the digest, each by ``dag.test()``."""
    outcome = Outcome()
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        shown = progress.add_task("Airflow gets ready", total=None)
        dags = _dags()
        wanted = [name for name in sorted(dags) if name.startswith("ingest_") and _is_read(name)]
        progress.update(shown, total=len(wanted) + 1)
        _mend()
        for name in wanted:
            progress.update(shown, description=f"{name:<28}")
            _test(dags[name], outcome, {})
            progress.advance(shown)
        progress.update(shown, description=f"{'the digest':<28}")
        _test(dags["digest"], outcome, {"day": day.isoformat()})
        progress.advance(shown)
    return outcome


def _dags() -> dict[str, Any]:
    """The DAGs of ``dags/``, with a database made for them."""
    from airflow.dag_processing.dagbag import DagBag
    from airflow.models.pool import Pool
    from airflow.utils import db

    db.initdb()
    for pool, slots in environment.POOLS.items():
        Pool.create_or_update_pool(pool, slots, "", include_deferred=False)
    bag = DagBag(str(environment.ROOT / "dags"))
    for path, error in bag.import_errors.items():
        raise DefectorwatchError(f"cannot be imported: {error.strip().splitlines()[-1]}", subject=str(path))
    found: dict[str, Any] = bag.dags
    return found


def _is_read(name: str) -> bool:
    return name.removeprefix("ingest_") in open_runtime().feed_names


def _test(dag: Any, outcome: Outcome, conf: dict[str, str]) -> None:
    with _only(dag.dag_id):
        run = dag.test(run_conf=conf)
    for instance in run.get_task_instances():
        if str(instance.state) == "success" and instance.task_id == "poll":
            outcome.polls[dag.dag_id.removeprefix("ingest_")] = instance.xcom_pull(task_ids="poll")
        if str(instance.state) == "failed" and instance.task_id not in _OF_THE_SOURCE:
            outcome.broken.append(f"{dag.dag_id}.{instance.task_id}")


@contextmanager
def _only(dag_id: str) -> Iterator[None]:
    """``dag.test()`` parses the folder again and writes down what it finds: one DAG then, and not all of them."""
    from airflow.sdk.definitions._internal.dag_parsing_context import _airflow_parsing_context_manager

    with _airflow_parsing_context_manager(dag_id=dag_id):
        yield


def _mend() -> None:
    """The index may be another one than the last time: ``INDEX`` was set, its folder is gone, its form has changed."""
    from pipeline import steps

    steps.mend()


def _tell(console: Console, outcome: Outcome, day: date, took_s: float, log: Path) -> int:
    from pipeline import summary

    at = open_runtime()
    summary.show(at, outcome.polls, day=day, took_s=took_s, console=console)
    at.close()
    if outcome.broken:
        console.print(f"[red]failed:[/] {', '.join(outcome.broken)}; the reasons stand in {log}", soft_wrap=True)
    return 1 if outcome.broken else 0


if __name__ == "__main__":
    sys.exit(main())
