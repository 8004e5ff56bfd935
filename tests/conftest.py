"""What every test stands on: no network but loopback, no setting from the developer's shell, one fixed instant."""

from __future__ import annotations

import ipaddress
import logging
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

for _name in [name for name in os.environ if name.startswith("DEFECTORWATCH_") or name in {"FEEDS", "INDEX"}]:
    del os.environ[_name]

_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> None:
    if isinstance(address, tuple) and not _is_loopback(str(address[0])):
        raise AssertionError(f"a test dialled {address[0]}: only loopback is there")
    _connect(self, address)


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    socket.socket.connect = _loopback_only  # type: ignore[assignment,method-assign]
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def _warnings_are_logged() -> None:
    """Airflow, where a test of the same process has started it, sets the level of everybody's log to errors only."""
    logging.root.setLevel(logging.WARNING)


@pytest.fixture
def now() -> datetime:
    """The instant at which tests happen."""
    return datetime(2026, 11, 20, 5, 45, tzinfo=UTC)


@pytest.fixture
def shared() -> Path:
    """Recorded samples beside the checkout; they are other people's texts and not part of the project."""
    if not SHARED.is_dir():
        pytest.skip("no ../shared beside the checkout: the recorded samples are not part of the project")
    return SHARED


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A real Elasticsearch: the one that ELASTICSEARCH_URL names, else one that is started for the tests.

    Tests that use it bear ``pytest.mark.xdist_group("elasticsearch")``, so that one process starts one server.
    """
    if named := os.environ.get("ELASTICSEARCH_URL"):
        yield named
        return
    from stack import elasticsearch

    if (lacking := elasticsearch.lacking()) and not os.environ.get("CI"):
        pytest.skip(f"no Elasticsearch can be started here: {lacking}; or name one in ELASTICSEARCH_URL")
    with elasticsearch.serve() as server:
        yield server.url
