"""One mail per recipient and day, at 07:00 in Copenhagen, over what was seen in the 24 hours (23, 25) before.

Run it by hand with ``day`` to make up for a morning that was missed: what a person has had is never sent again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import CronPartitionTimetable, Param, dag, task

from pipeline import steps


@dag(
    schedule=CronPartitionTimetable("0 7 * * *", timezone="Europe/Copenhagen", key_format="%Y-%m-%d"),
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=1),
    default_args={"retries": 3, "retry_delay": timedelta(minutes=2), "execution_timeout": timedelta(minutes=20)},
    params={
        "day": Param(None, type=["null", "string"], format="date", description="2026-11-20; empty is the run's own")
    },
    tags=["digest"],
    doc_md=__doc__,
)
def digest() -> None:
    """Files the mails, then hands over what is filed."""

    @task(multiple_outputs=False)
    def compose(params: Any = None, dag_run: Any = None) -> dict[str, int]:
        return steps.compose(steps.day_of(params["day"], dag_run.partition_key))

    @task(multiple_outputs=False)
    def send() -> dict[str, int]:
        return steps.send()

    compose() >> send()


digest()
