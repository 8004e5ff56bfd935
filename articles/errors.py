"""Everything that can go wrong, named for what an operator does next.

::

    DefectorwatchError
    ├── SettingError             a setting is missing or wrong: mend the setting
    ├── UnknownName              no adapter, feed or topic of that name: pick one of those listed
    ├── SourceError              a source could not be read; the next poll tries again
    │   ├── Unreachable          no answer: DNS, refused connection, timeout, TLS
    │   ├── Refused              the source says no: 401, 403, 404, 410, 429, wrong credentials
    │   ├── SourceFault          the source is broken: 5xx, or 200 with an error inside
    │   ├── Challenged           a challenge page or other HTML where data was due: ask the source for access
    │   └── Malformed            bytes that cannot be read as what they claim to be
    ├── PageError                one page cannot become a text; the article is quarantined
    │   ├── TooLarge             more bytes than the limit, before or after decompression
    │   ├── NotAnArticle         an empty page, a challenge page, a start page
    │   └── Unreadable           undecodable or unsupported media type
    ├── ClassifierError          a model cannot be loaded or gave no verdict
    ├── LedgerError              the state of record cannot be used: check its URL, or run the migrations
    ├── SearchIndexError          the search index cannot be used: start it, or rebuild it
    ├── QueryError               a search that cannot be understood; carries the position
    ├── MailError                a digest could not be handed over; it stays in the outbox
    └── StepFailed               a step of a run failed: open its log

An error carries its subject, and its text is one sentence that says what to do. ``kind`` is the word stored in the
ledger; it never changes once released.
"""

from __future__ import annotations

from typing import ClassVar


class DefectorwatchError(Exception):
    """Root of the tree. ``str(error)`` is one clear sentence for a person."""

    kind: ClassVar[str] = "error"

    def __init__(self, detail: str, *, subject: str = "") -> None:
        super().__init__(f"{subject}: {detail}" if subject else detail)
        self.detail = detail
        self.subject = subject


class SettingError(DefectorwatchError):
    """A setting is missing or wrong; ``subject`` is the setting's name."""

    kind = "setting"


class UnknownName(DefectorwatchError):
    """No such adapter, feed or topic; the sentence lists those there are."""

    kind = "unknown_name"


class SourceError(DefectorwatchError):
    """A source could not be read; ``subject`` is its address without credentials."""

    kind = "source"


class Unreachable(SourceError):
    """No answer at all: name not found, connection refused, timeout, TLS failure."""

    kind = "unreachable"


class Refused(SourceError):
    """The source understood and said no (401, 403, 404, 410, 429, wrong credentials).

    ``retry_after_s`` is what the source asked for, in seconds, ``None`` where it asked for nothing. ``status`` is the
    HTTP status, 0 where the refusal was not HTTP's.
    """

    kind = "refused"

    def __init__(self, detail: str, *, subject: str = "", retry_after_s: float | None = None, status: int = 0) -> None:
        super().__init__(detail, subject=subject)
        self.retry_after_s = retry_after_s
        self.status = status


class SourceFault(SourceError):
    """The source is broken: 5xx, or 200 with an error inside."""

    kind = "source_fault"


class Challenged(SourceError):
    """A bot challenge, or HTML where a feed was due. It is reported, never evaded."""

    kind = "challenged"


class Malformed(SourceError):
    """The bytes cannot be read as what they claim to be."""

    kind = "malformed"


class PageError(DefectorwatchError):
    """One page cannot become a text; ``subject`` is the page's address."""

    kind = "page"


class TooLarge(PageError):
    """More bytes than the limit, counted after decompression as well."""

    kind = "too_large"


class NotAnArticle(PageError):
    """A page without an article in it: empty, a challenge, a start page."""

    kind = "not_an_article"


class Unreadable(PageError):
    """Undecodable bytes or a media type that nothing here reads."""

    kind = "unreadable"


class ClassifierError(DefectorwatchError):
    """A model cannot be loaded, or gave no verdict."""

    kind = "classifier"


class LedgerError(DefectorwatchError):
    """The state of record cannot be used."""

    kind = "ledger"


class SearchIndexError(DefectorwatchError):
    """The search index cannot be used; it can always be rebuilt from the ledger."""

    kind = "index"


class QueryError(DefectorwatchError):
    """A search that cannot be understood; ``position`` counts characters from 0."""

    kind = "query"

    def __init__(self, detail: str, *, subject: str = "", position: int = 0) -> None:
        super().__init__(detail, subject=subject)
        self.position = position


class MailError(DefectorwatchError):
    """A digest could not be handed over; it stays in the outbox and goes with the next run."""

    kind = "mail"


class StepFailed(DefectorwatchError):
    """A step of a run failed; ``subject`` is the feed."""

    kind = "step"
