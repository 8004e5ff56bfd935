from __future__ import annotations

import multiprocessing
import os
import socket

from pipeline import workers


def test_this_process_lives_and_a_dead_one_does_not() -> None:
    assert not workers.is_dead(workers.name())
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=lambda: send.send(workers.name()))
    child.start()
    name = receive.recv()
    child.join()
    assert workers.is_dead(name)


def test_a_reused_process_id_is_another_worker() -> None:
    assert workers.is_dead(f"{socket.gethostname()}:{os.getpid()}:12")


def test_another_hosts_worker_is_left_to_its_lease() -> None:
    assert not workers.is_dead(f"elsewhere:{os.getpid()}:12")
    assert not workers.is_dead("by hand")
