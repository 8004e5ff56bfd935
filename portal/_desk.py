"""What the pages ask: the index, the ledger and the feeds' health, each opened when it is first asked."""

from __future__ import annotations

import logging
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from articles.errors import ClassifierError, DefectorwatchError, SettingError, UnknownName
from articles.model import Verdict
from articles.ports import FeedHealth, Hit, Query, Results, Thresholds
from pipeline import gold, health
from pipeline.runtime import Runtime

if TYPE_CHECKING:
    from ledger.store import Correction, Ledger

_log = logging.getLogger(__name__)


class Desk:
    """Shared by all requests, which run in threads. Only ``correct`` writes."""

    def __init__(self, runtime: Runtime) -> None:
        self.at = runtime
        self.zone = ZoneInfo(runtime.settings.timezone)
        self.portal_url = runtime.settings.portal_url.rstrip("/")
        self._opening = {"index": Lock(), "ledger": Lock()}
        self._judging = Lock()
        self._titles: dict[str, str] = {}

    def now(self) -> datetime:
        return self.at.now()

    def search(self, query: Query) -> Results:
        found: Results = self._opened("index").search(query)
        return found

    def hit(self, hit_id: str) -> Hit | None:
        found: Hit | None = self._opened("index").get(hit_id)
        return found

    @property
    def ledger(self) -> Ledger:
        found: Ledger = self._opened("ledger")
        return found

    def said(self, hit_id: str) -> list[Correction]:
        """What people said of a hit, the latest first."""
        return self.ledger.corrections(article_id=hit_id)[::-1]

    def correct(self, hit: Hit, on_topic: bool, *, by: str, note: str, version: int | None) -> None:
        """Files what a person says of the version that was read."""
        self._opened("ledger")
        gold.correct(self.at, hit.id, on_topic, by=by, note=note, version=version or hit.version)

    def ledger_states(self) -> object:
        """Asks the ledger something small."""
        return self.ledger.last_entry_at()

    def health(self) -> list[FeedHealth]:
        """How each feed stands."""
        self._opened("ledger")
        return self.at.health()

    def judging(self) -> str:
        """What is to be told of the verdicts as a whole; ``""`` for nothing. The classifier is loaded for its name."""
        self._opened("ledger")
        try:
            with self._judging:
                problem = health.judging(self.at)
        except (ClassifierError, SettingError, UnknownName) as error:
            _log.warning("the classifier cannot be loaded: %s", error)
            return "the classifier cannot be loaded; the log of the portal says why"
        return problem.detail if problem else ""

    def cut(self, verdict: Verdict) -> Thresholds | None:
        """The thresholds of the classifier that gave a verdict, where they are known."""
        try:
            topic = self.at.topic
            return topic.thresholds(verdict.classifier.split("/")[0]) if topic.name == verdict.topic else None
        except DefectorwatchError:
            return None

    def title(self, feed: str) -> str:
        """A feed's name for people; its own where it is not read any more, or its module is broken."""
        if feed not in self._titles:
            try:
                self._titles[feed] = self.at.feed(feed).title
            except Exception as error:  # a broken module raises anything, and the page about the others goes on
                if not isinstance(error, UnknownName):
                    _log.exception("the name of %s cannot be told", feed)
                return feed
        return self._titles[feed]

    def close(self) -> None:
        """Closes what was opened."""
        for name in self._opening:
            if name in vars(self.at):
                getattr(self.at, name).close()

    def _opened(self, name: str) -> Any:
        """One thread opens it, the others wait: a runtime opens once a process."""
        with self._opening[name]:
            return getattr(self.at, name)
