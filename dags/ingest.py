"""One DAG per feed: poll, fetch, extract, classify, index, gate. Each step is a function of ``pipeline/steps.py``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    CronTriggerTimetable,
    ExceptionRetryPolicy,
    RetryAction,
    RetryRule,
    chain,
    dag,
    get_parsing_context,
    task,
)

import feeds
from articles.errors import DefectorwatchError
from pipeline import steps

#: What failed with a sentence of ours fails again at once; what was killed or broke unforeseen is tried once more.
ONCE = ExceptionRetryPolicy(rules=[RetryRule(exception=DefectorwatchError, action=RetryAction.FAIL)])
EVERY_TASK = {
    "retries": 1,
    "retry_delay": timedelta(seconds=30),
    "retry_policy": ONCE,
    "execution_timeout": timedelta(minutes=20),
}


def after(step: Callable[..., Any], pool: str = "default_pool") -> Any:
    """The task of a step that runs whatever became of those before it."""
    return task(trigger_rule="all_done", multiple_outputs=False, pool=pool)(step)


def ingest(name: str) -> DAG:
    """The DAG of one feed. Steps go on after a failed one: what was read before still waits for them."""
    feed = feeds.load(name)

    @dag(
        dag_id=f"ingest_{name}",
        dag_display_name=f"Ingest: {feed.title}",
        schedule=CronTriggerTimetable(feed.schedule, timezone="Europe/Copenhagen"),
        catchup=False,
        max_active_runs=1,
        dagrun_timeout=timedelta(hours=1),
        default_args=EVERY_TASK,
        tags=["ingest", feed.licence.value],
        doc_md=f"[{feed.title}]({feed.homepage})\n\n{feed.dossier}",
    )
    def flow() -> None:
        """The steps of one feed, in order."""
        ran = {
            "poll": task(multiple_outputs=False)(steps.poll)(name),
            "fetch": after(steps.fetch)(name),
            "extract": after(steps.extract)(name),
            "classify": after(steps.classify, pool="model")(name),
            "index": after(steps.index, pool="index")(name),
        }
        chain(*ran.values(), after(steps.gate)(name, ran))

    made: DAG = flow()
    return made


wanted = get_parsing_context().dag_id  # a task parses this file too, and needs its own DAG only
for feed_name in feeds.names():
    if wanted in {None, f"ingest_{feed_name}"}:
        globals()[f"ingest_{feed_name}"] = ingest(feed_name)
