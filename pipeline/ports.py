"""Whether a port is free, asked before a server is started on it."""

from __future__ import annotations

import socket

from articles.errors import SettingError


def free(host: str, port: int) -> None:
    """``SettingError`` where something listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise SettingError(f"port {port} is in use; stop what listens there, or choose another port") from None
