"""Airflow reads its environment when it is first imported, so it is set here, before any test does."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline import runtime
from pipeline.settings import settings
from replay import server
from stack import environment, mailcatcher

HOME = Path(tempfile.mkdtemp(prefix="airflow-test-"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
for _name in [name for name in os.environ if name.startswith("AIRFLOW")]:
    del os.environ[_name]
os.environ.update(environment.airflow(HOME, f"sqlite:///{HOME}/airflow.db"))
os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "ERROR"
del os.environ["PYTHONWARNINGS"]


@pytest.fixture(scope="session")
def dags() -> dict[str, Any]:
    """Every DAG by its id; one that cannot be imported fails here."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(str(environment.ROOT / "dags"))
    assert bag.import_errors == {}
    found: dict[str, Any] = bag.dags
    return found


@pytest.fixture(scope="session")
def airflow_db() -> None:
    from airflow.models.pool import Pool
    from airflow.utils import db

    db.initdb()
    for pool, slots in environment.POOLS.items():
        Pool.create_or_update_pool(pool, slots, "", include_deferred=False)


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[mailcatcher.Catcher]:
    """The recorded day and a mail catcher, as the settings of this process."""
    with server.serve(0, tmp_path / "journal.jsonl") as running, mailcatcher.catching(tmp_path / "mail") as caught:
        monkeypatch.setenv("DEFECTORWATCH_VAR", str(tmp_path / "var"))
        monkeypatch.setenv("DEFECTORWATCH_REPLAY_URL", running.url)
        monkeypatch.setenv("DEFECTORWATCH_SMTP_URL", caught.smtp_url)
        monkeypatch.setenv("DEFECTORWATCH_TIMEOUT_S", "1")
        _forget()
        yield caught
        runtime.open_runtime().close()
    _forget()


def _forget() -> None:
    settings.cache_clear()
    runtime._open.clear()
