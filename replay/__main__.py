"""``python -m replay --port 8085 --journal FILE``: serves the recorded day until Ctrl-C or a termination signal."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from threading import Event

from articles.errors import SettingError
from replay.server import serve


def main() -> int:
    """Exit code 0 after an orderly stop, 2 where it could not start."""
    parser = argparse.ArgumentParser(prog="replay", description="Serves a recorded day of feeds on this machine.")
    parser.add_argument("--port", type=int, default=8085, help="port to listen on (default 8085, 0 takes a free one)")
    parser.add_argument("--journal", type=Path, help="file that keeps what was acknowledged over restarts")
    options = parser.parse_args()
    leave = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: leave.set())
    try:
        served = serve(port=options.port, journal=options.journal)
    except SettingError as error:
        print(error, file=sys.stderr)
        return 2
    with served:
        print(f"The recorded day is served at {served.url}", flush=True)
        leave.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
