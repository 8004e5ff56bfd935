"""What the steps work with: ledger, archive, index, topic and classifier, opened when they are first used.

One runtime a process. A forked child opens its own: neither a database connection nor a model session survives a fork.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from articles import adapters
from articles.errors import UnknownName
from articles.ports import Classifier, Feed, FeedHealth, Index, Mailer, Recipient, Topic
from pipeline import clock, workers
from pipeline.archive import Archive
from pipeline.asking import Asker
from pipeline.settings import Settings, settings

if TYPE_CHECKING:
    from ledger.store import Ledger


@dataclass
class Runtime:
    """Everything that a step needs. ``now()`` is the only clock."""

    settings: Settings

    def now(self) -> datetime:
        return clock.now(self.settings)

    @cached_property
    def worker(self) -> str:
        """Who claims work."""
        return workers.name()

    @cached_property
    def ledger(self) -> Ledger:
        """Migrated to the newest schema."""
        from ledger.store import Ledger

        self.settings.var.mkdir(parents=True, exist_ok=True)
        opened = Ledger(self.settings.ledger)
        opened.migrate()
        return opened

    @cached_property
    def archive(self) -> Archive:
        return Archive(self.settings.var / "archive")

    @cached_property
    def index(self) -> Index:
        import hits

        engine = adapters.load(hits, self.settings.index)
        if self.settings.index == "elasticsearch":
            url = self.settings.elasticsearch_url.get_secret_value()
            opened: Index = engine.open_index(url, self.settings.elasticsearch_alias)
        else:
            opened = engine.open_index(self.settings.var / "hits")
        return opened

    @cached_property
    def topic(self) -> Topic:
        import topics

        found: Topic = topics.load(self.settings.topic)
        return found

    @cached_property
    def classifier(self) -> Classifier:
        """The one that the setting names, else the topic's. One whose ``load`` takes ``ask`` is given a way out."""
        import classifiers

        load = adapters.load(classifiers, self.settings.classifier or self.topic.classifier).load
        way_out = [Asker(self.settings, self.now)] if "ask" in inspect.signature(load).parameters else []
        loaded: Classifier = load(self.topic, *way_out)
        return loaded

    @cached_property
    def mailer(self) -> Mailer:
        from digests import mail

        opened: Mailer = mail.open_mailer(self.settings.smtp_url.get_secret_value(), self.settings.mail_from)
        return opened

    @cached_property
    def recipients(self) -> list[Recipient]:
        from digests import recipients

        found: list[Recipient] = recipients.load(self.settings.recipients_file)
        return found

    @cached_property
    def feed_names(self) -> list[str]:
        """The feeds that run here. ``UnknownName`` where ``DEFECTORWATCH_ONLY`` names one that is not."""
        import feeds

        known = feeds.names()
        wanted = [name.strip() for name in self.settings.only.split(",") if name.strip()]
        for name in wanted:
            if name not in known:
                raise UnknownName(f"is not a feed; DEFECTORWATCH_ONLY takes some of {', '.join(known)}", subject=name)
        return wanted or known

    def feed(self, name: str) -> Feed:
        import feeds

        found: Feed = feeds.load(name)
        return found

    def close(self) -> None:
        """Gives back what was opened; used again, it opens again."""
        for name in ("ledger", "archive", "index"):
            opened = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()

    def health(self, now: datetime | None = None, names: Iterable[str] | None = None) -> list[FeedHealth]:
        """How each feed stands."""
        from pipeline.health import health

        return health(self, now or self.now(), list(names or self.feed_names))


_open: dict[int, Runtime] = {}


def open_runtime(chosen: Settings | None = None) -> Runtime:
    """This process's runtime; with ``chosen`` settings a new one of the caller's own."""
    if chosen is not None:
        return Runtime(chosen)
    if os.getpid() not in _open:
        _open.clear()
        _open[os.getpid()] = Runtime(settings())
    return _open[os.getpid()]
