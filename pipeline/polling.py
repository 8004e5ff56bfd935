"""Polling: a source's list into the ledger, in one transaction, and only then the acknowledgement."""

from __future__ import annotations

import asyncio

from articles.errors import SourceError
from articles.ports import Occasion, PollTally
from pipeline.fetch import Client
from pipeline.problems import problem_of
from pipeline.runtime import Runtime


def poll_once(at: Runtime, feed: str) -> tuple[PollTally, bool]:
    """One reading. Returns its counts, and whether the source is a queue that may have more."""
    return asyncio.run(_poll(at, feed))


async def _poll(at: Runtime, feed: str) -> tuple[PollTally, bool]:
    source = at.feed(feed)
    occasion = Occasion(now=at.now(), secrets=at.settings.secrets(feed))
    known = at.ledger.validators(feed)
    async with Client(at.settings, at.archive, at.now) as client:
        try:
            polled, fresh = await client.drive(source.poll(at.ledger.cursor(feed), occasion), known)
        except SourceError as error:
            at.ledger.record_failed_poll(feed, problem_of(error, "poll"), now=at.now())
            raise
        at.archive.sync()
        # what was read in part only is read again: with its validators it would pass for unchanged, and for well
        proven = known if polled.problems else {**known, **fresh}
        tally = at.ledger.record_poll(feed, polled, proven, now=at.now())
        listed = [*(entry.receipt for entry in polled.entries), *(item.receipt for item in polled.rejected)]
        receipts = [receipt for receipt in listed if receipt]
        if source.acknowledge is None or not receipts:
            return tally, False
        try:
            await client.drive(source.acknowledge(receipts, occasion))
        except SourceError as error:
            at.ledger.record_failed_poll(feed, problem_of(error, "acknowledge"), now=at.now())
            raise
    return tally, tally.new + tally.quarantined > 0
