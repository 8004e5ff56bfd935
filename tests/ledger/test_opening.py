"""A ledger that cannot be used says so in one sentence, and never says a password."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from articles.errors import LedgerError
from articles.model import Stage
from ledger import database
from ledger.store import Ledger


def said(ledger: Ledger) -> str:
    with pytest.raises(LedgerError) as failed:
        ledger.states()
    assert "\n" not in str(failed.value)
    return str(failed.value)


@pytest.mark.parametrize("url", ["", "var/ledger.sqlite", "mysql://u:hemmelig@h/d", "http://u:hemmelig@h:x/"])
def test_an_address_of_no_ledger(url: str) -> None:
    with pytest.raises(LedgerError, match="sqlite:///") as failed:
        Ledger(url)
    assert "hemmelig" not in str(failed.value)


def test_nothing_is_opened_before_it_is_used(tmp_path: Path) -> None:
    Ledger(f"sqlite:///{tmp_path}/deep/ledger.sqlite").close()
    assert list(tmp_path.iterdir()) == []


def test_folders_are_made(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/deep/er/ledger.sqlite")
    ledger.migrate()
    ledger.close()
    assert (tmp_path / "deep/er/ledger.sqlite").is_file()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "choose another" in said(Ledger(f"sqlite:///{tmp_path}/file/ledger.sqlite"))


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite").write_text("This is a letter, not a ledger. " * 100)
    assert "put back a copy" in said(Ledger(f"sqlite:///{tmp_path}/ledger.sqlite"))


def test_no_tables_yet(empty_url: str) -> None:
    ledger = Ledger(empty_url)
    assert "defectorwatch migrate" in said(ledger)
    ledger.close()


def test_no_server() -> None:
    words = said(Ledger("postgresql+psycopg2://u:hemmelig@127.0.0.1:1/ledger"))
    assert "start it" in words
    assert "hemmelig" not in words


def test_no_such_database(postgres: Any) -> None:
    assert "check the URL" in said(Ledger(postgres.url("nowhere")))


def test_the_plain_name_of_postgresql(postgres: Any) -> None:
    ledger = Ledger(postgres.fresh(template="migrated").replace("+psycopg2", ""))
    assert ledger.states() == {}
    ledger.close()


def test_a_writer_that_does_not_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr(database, "BUSY", timedelta(milliseconds=50))
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    ledger.migrate()
    other = sqlite3.connect(tmp_path / "ledger.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert ledger.states() == {}, "readers go on"
    with pytest.raises(LedgerError, match="let it end"):
        ledger.claim(Stage.FETCH, worker="anna", now=now)
    other.execute("COMMIT")
    other.close()
    assert ledger.claim(Stage.FETCH, worker="anna", now=now) == []
    ledger.close()


def test_how_sqlite_is_set(tmp_path: Path) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.sqlite")
    ledger.migrate()
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
    with ledger._reading() as connection:
        assert {name: connection.scalar(text(f"PRAGMA {name}")) for name in wanted} == wanted
    ledger.close()


def test_used_again_after_it_was_closed(desk: Any) -> None:
    desk.poll(desk.entry("a"))
    desk.ledger.close()
    assert desk.poll(desk.entry("a")).known == 1


def test_used_in_a_forked_process(desk: Any) -> None:
    desk.poll(desk.entry("a"))
    child = os.fork()
    if child == 0:
        fine = False
        try:
            fine = desk.poll(desk.entry("b")).new == 1
        finally:
            os._exit(0 if fine else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert desk.poll(desk.entry("a"), desk.entry("b")).known == 2


def test_the_package_is_light_until_it_is_used() -> None:
    program = "import ledger, sys; assert not {'sqlalchemy', 'alembic'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
    program = "import ledger.store, sys; assert not {'alembic', 'psycopg2'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
