from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from articles.errors import SettingError
from stack import postgres
from stack.postgres import Cluster


@pytest.fixture(params=["machine", "wheel"])
def source(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Where the programs come from."""
    if request.param == "wheel":
        monkeypatch.setattr(postgres, "_INSTALLED", tmp_path)
    return str(request.param)


@pytest.mark.usefixtures("source")
def test_what_was_written_is_there_after_a_restart(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "pg")
    cluster.up()
    try:
        engine = create_engine(cluster.make("one"))
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE t AS SELECT 7 AS n"))
        engine.dispose()
        cluster.down()
        again = Cluster(tmp_path / "pg")
        again.up()
        engine = create_engine(again.make("one"))
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT n FROM t")) == 7
        engine.dispose()
    finally:
        cluster.down()
        left = (cluster.folder / "data/postmaster.pid").exists()
        shutil.rmtree(cluster.folder)
    assert not left


def test_a_start_that_fails_is_one_sentence(tmp_path: Path) -> None:
    cluster = Cluster(tmp_path / "pg")
    cluster.folder.mkdir(parents=True)
    (cluster.folder / "data").mkdir()
    (cluster.folder / "data/PG_VERSION").write_text("8")
    with pytest.raises(SettingError, match=r"^PostgreSQL: pg_ctl failed \(.+\); its log is .*/log$"):
        cluster.up()
    shutil.rmtree(cluster.folder)


def test_the_wheels_programs_do_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(postgres, "_INSTALLED", tmp_path)
    assert (postgres.programs() / "initdb").is_file()
