"""The environment in which Airflow runs here: one place for `make run`, `make up` and the tests."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.settings import Settings

ROOT = Path(__file__).resolve().parents[1]

#: One model and one index writer at a time; a task in a pool that does not exist would wait for ever.
POOLS = {"model": 1, "index": 1}

_USERS = {"admin": "admin", "viewer": "viewer"}


def airflow(home: Path, database: str, url: str = "http://127.0.0.1:8080") -> dict[str, str]:
    """Airflow's settings, as environment variables. ``database`` is an SQLAlchemy URL, ``url`` its page."""
    parts = urlsplit(url)
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",  # the default asks reverse DNS
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in _USERS.items()),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__API__HOST": parts.hostname or "127.0.0.1",
        "AIRFLOW__API__PORT": str(parts.port or 8080),
        "AIRFLOW__API__BASE_URL": url,  # workers find the execution API below it
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "1",  # 5, the default, holds a short task's slot for 5 s more
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "30",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "PYTHONWARNINGS": "ignore",  # Airflow's own deprecations; they go to standard output
    }


def pools() -> dict[str, dict[str, object]]:
    """The pools as `airflow pools import` reads them."""
    return {name: {"slots": slots, "description": "", "include_deferred": False} for name, slots in POOLS.items()}


def logins(home: Path) -> dict[str, str]:
    """User -> password of Airflow's page, made up once and kept in a file that only its owner reads."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / "passwords.json"
    if not path.exists():
        made = {user: secrets.token_urlsafe(9) for user in _USERS}
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(made, file)
    found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    return found


def own(settings: Settings, **changes: str) -> dict[str, str]:
    """The caller's environment without its Airflow, with our settings made absolute, for a child process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)  # without bytecode every task starts seconds later
    return {**kept, "DEFECTORWATCH_VAR": str(settings.var.absolute()), **changes}
