"""From nothing to today's tables, by two at once, and back."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from articles.errors import LedgerError
from ledger import migrations
from ledger.schema import REVISION, metadata
from ledger.store import Ledger


def tables(url: str) -> set[str]:
    engine = create_engine(url)
    found = set(inspect(engine).get_table_names())
    engine.dispose()
    return found


def test_the_tables_of_the_schema_are_those_of_the_migrations(url: str) -> None:
    engine = create_engine(url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    found = {index["name"] for table in metadata.tables for index in inspect(engine).get_indexes(table)}
    engine.dispose()
    assert {index.name for table in metadata.tables.values() for index in table.indexes} <= found


def test_the_newest_migration_is_the_one_the_schema_names() -> None:
    assert migrations.scripts().get_current_head() == REVISION


def test_down_and_up_again(url: str) -> None:
    ledger = Ledger(url)
    with ledger._writing() as connection:
        migrations.downgrade(connection)
    assert tables(url) == {"alembic_version"}
    ledger.migrate()
    assert tables(url) == {"alembic_version", *metadata.tables}
    ledger.close()


def test_again_does_nothing(desk: Any) -> None:
    desk.poll(desk.entry("a"))
    desk.ledger.migrate()
    assert desk.poll(desk.entry("a")).known == 1


def _killed_within(ledger: Ledger) -> None:
    with ledger._writing() as connection:
        migrations.upgrade(connection)
        raise RuntimeError("killed here")


def test_verdicts_from_before_are_counted_by_who_gave_them(desk: Any) -> None:
    """More than a page of them, of which one has none."""
    desk.poll(*(desk.entry(f"g{number}") for number in range(900)))
    desk.all_through()
    desk.poll(desk.entry("new"))
    with desk.ledger._writing() as connection:
        migrations.downgrade(connection, "0002")
    desk.ledger.migrate()
    assert desk.ledger.judged_by() == {"lexicon/1": 900}


def test_cut_short_it_leaves_nothing(empty_url: str) -> None:
    ledger = Ledger(empty_url)
    with pytest.raises(RuntimeError, match="killed here"):
        _killed_within(ledger)
    assert tables(empty_url) == set()
    ledger.migrate()
    assert metadata.tables.keys() < tables(empty_url)
    ledger.close()


def test_four_at_once_in_one_process(empty_url: str) -> None:
    start, failed = threading.Barrier(4), []

    def migrate() -> None:
        ledger = Ledger(empty_url)
        start.wait()
        try:
            ledger.migrate()
            ledger.states()
        except Exception as error:
            failed.append(error)
        ledger.close()

    threads = [threading.Thread(target=migrate) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert metadata.tables.keys() < tables(empty_url)


def test_two_processes_at_once(empty_url: str) -> None:
    program = (
        "import sys; from ledger.store import Ledger; from ledger import migrations; "
        "print('ready', flush=True); sys.stdin.readline(); Ledger(sys.argv[1]).migrate()"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", program, empty_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    ledger = Ledger(empty_url)
    assert ledger.states() == {}
    ledger.close()


def test_a_ledger_of_a_newer_version(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    ledger = Ledger(url)
    with pytest.raises(LedgerError, match="newer version"):
        ledger.migrate()
    ledger.close()
