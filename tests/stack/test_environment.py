from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.settings import Settings
from stack import environment


def test_logins_are_made_up_once_and_kept_from_others(tmp_path: Path) -> None:
    first = environment.logins(tmp_path / "home")
    assert environment.logins(tmp_path / "home") == first
    assert set(first) == {"admin", "viewer"}
    assert len(set(first.values())) == 2
    assert (tmp_path / "home/passwords.json").stat().st_mode & 0o077 == 0


def test_a_child_gets_our_settings_and_not_the_callers_airflow(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AIRFLOW_HOME", "/elsewhere")
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    env = environment.own(Settings(var=Path("var")))
    assert not any(name.startswith("AIRFLOW") for name in env)
    assert Path(env["DEFECTORWATCH_VAR"]).is_absolute()


def test_airflow_listens_on_loopback_only() -> None:
    env = environment.airflow(Path("/h"), "sqlite:////h/a.db", "http://127.0.0.1:8099")
    assert env["AIRFLOW__API__HOST"] == "127.0.0.1"
    assert env["AIRFLOW__API__PORT"] == "8099"
    assert env["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8099"
