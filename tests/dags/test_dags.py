"""What operators see: one DAG per feed, each step safe to repeat, and a gate that is red when something is not well."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import feeds
from pipeline import steps
from pipeline.runtime import open_runtime
from replay.day import DAY
from stack import environment, mailcatcher

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.xdist_group("airflow")]

STEPS = ["poll", "fetch", "extract", "classify", "index", "gate"]


def run(dag: Any, **conf: str) -> dict[str, str]:
    """The state of each task after ``dag.test()``."""
    return {task.task_id: str(task.state) for task in dag.test(run_conf=conf).get_task_instances()}


def test_a_dag_for_every_feed_and_the_digest(dags: dict[str, Any]) -> None:
    assert set(dags) == {"digest", *(f"ingest_{name}" for name in feeds.names())}


def test_every_dag_can_be_run_again_and_ends(dags: dict[str, Any]) -> None:
    for dag in dags.values():
        assert dag.catchup is False
        assert dag.max_active_runs == 1
        assert dag.dagrun_timeout
        assert dag.tags
        assert len(dag.doc_md) > 100
        for task in dag.tasks:
            assert task.retries >= 1, task
            assert task.execution_timeout, task
            assert task.pool in {"default_pool", *environment.POOLS}


def test_steps_go_on_after_a_failed_one(dags: dict[str, Any]) -> None:
    dag = dags["ingest_dr_politik"]
    assert [task.task_id for task in dag.topological_sort()] == STEPS
    assert {task.trigger_rule.value for task in dag.tasks[1:]} == {"all_done"}


def test_no_name_that_airflow_has_given_up_is_used(dags: dict[str, Any], recwarn: pytest.WarningsRecorder) -> None:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.utils.deprecation_tools import DeprecatedImportWarning

    DagBag(str(environment.ROOT / "dags"))
    assert [w for w in recwarn if issubclass(w.category, DeprecatedImportWarning)] == []


LIGHT = """
import sys
from airflow.dag_processing.dagbag import DagBag
before = set(sys.modules)
bag = DagBag("dags")
heavy = {"trafilatura", "transformers", "onnxruntime", "tantivy", "elasticsearch", "lxml", "numpy", "aiohttp"}
import json
print(json.dumps([sorted(bag.dags), sorted(heavy & (set(sys.modules) - before))]), file=sys.stderr)
"""


def parsed(**env: str) -> list[list[str]]:
    """DAG ids, and heavy modules that came with them, as another process parses the folder."""
    import os

    done = subprocess.run(
        [sys.executable, "-c", LIGHT], cwd=environment.ROOT, env={**os.environ, **env}, capture_output=True, text=True
    )
    found: list[list[str]] = json.loads(done.stderr.strip().splitlines()[-1])
    return found


def test_parsing_brings_nothing_heavy() -> None:
    assert parsed()[1] == []


def test_a_task_parses_its_own_dag_only() -> None:
    made, _ = parsed(_AIRFLOW_PARSING_CONTEXT_DAG_ID="ingest_tv2", _AIRFLOW_PARSING_CONTEXT_TASK_ID="poll")
    assert [name for name in made if name.startswith("ingest_")] == ["ingest_tv2"]


@pytest.mark.usefixtures("airflow_db", "day")
def test_a_feed_that_is_well_is_green_and_its_second_run_brings_nothing(dags: dict[str, Any]) -> None:
    assert run(dags["ingest_dr_politik"]) == dict.fromkeys(STEPS, "success")
    first = open_runtime().ledger.states()["dr_politik"]
    assert sum(first.values()) >= 5
    assert run(dags["ingest_dr_politik"]) == dict.fromkeys(STEPS, "success")
    assert open_runtime().ledger.states()["dr_politik"] == first


@pytest.mark.usefixtures("airflow_db", "day")
@pytest.mark.parametrize("feed", ["europarl_libe", "jyllands_posten"])
def test_a_source_that_fails_is_red_and_its_steps_go_on(dags: dict[str, Any], feed: str) -> None:
    states = run(dags[f"ingest_{feed}"])
    assert states == {**dict.fromkeys(STEPS, "success"), "poll": "failed", "gate": "failed"}


@pytest.mark.usefixtures("airflow_db", "day")
def test_a_step_that_fails_is_red_at_the_gate(dags: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from articles.errors import SearchIndexError
    from pipeline import judging

    def broken(*_: object) -> None:
        raise SearchIndexError("cannot be written")

    monkeypatch.setattr(judging, "classify", broken)
    states = run(dags["ingest_dr_politik"])
    assert states == {**dict.fromkeys(STEPS, "success"), "classify": "failed", "gate": "failed"}


@pytest.mark.usefixtures("airflow_db")
def test_the_digest_is_sent_once(dags: dict[str, Any], day: mailcatcher.Catcher) -> None:
    for _ in range(2):
        assert run(dags["digest"], day=DAY.digest_day.isoformat()) == {"compose": "success", "send": "success"}
    assert len(list(Path(day.folder).glob("*.eml"))) == 1


@pytest.mark.usefixtures("day")
@pytest.mark.parametrize(
    ("given", "key", "composed"),
    [("2026-11-18", "2026-11-20", "2026-11-18"), (None, "2026-11-19", "2026-11-19"), (None, None, "2026-11-20")],
)
def test_the_day_is_the_one_given_else_the_runs_else_today(
    dags: dict[str, Any], monkeypatch: pytest.MonkeyPatch, given: str | None, key: str | None, composed: str
) -> None:
    days: list[str] = []
    monkeypatch.setattr(steps, "compose", lambda day: days.append(day.isoformat()) or {})
    compose = dags["digest"].task_dict["compose"].python_callable
    compose(params={"day": given}, dag_run=SimpleNamespace(partition_key=key))
    assert days == [composed]
