"""How the tables come to be: a file per change in ``versions/``.

A new one: copy the last file, raise the number in its name and in ``revision``, name the last one in
``down_revision``, and set ``ledger.schema.REVISION`` to it. Released files never change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection


def scripts() -> ScriptDirectory:
    """The migrations as Alembic sees them: they lie beside this file, in a checkout as in a wheel."""
    return ScriptDirectory(__path__[0])


def upgrade(connection: Connection, to: str = "head") -> None:
    """Brings the tables up to ``to``, inside the caller's transaction."""
    found = scripts()
    _run(connection, found, lambda at, _: found._upgrade_revs(to, at))


def downgrade(connection: Connection, to: str = "base") -> None:
    """Takes the tables back to ``to``, inside the caller's transaction; what only newer ones hold is lost."""
    found = scripts()
    _run(connection, found, lambda at, _: found._downgrade_revs(to, at))


def _run(connection: Connection, found: ScriptDirectory, steps: Callable[[Any, Any], Any]) -> None:
    with EnvironmentContext(Config(), found, fn=steps) as environment:
        environment.configure(connection=connection, transactional_ddl=True)
        environment.run_migrations()
