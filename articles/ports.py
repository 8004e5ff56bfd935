"""What each stage promises. Adapters implement these; the pipeline knows nothing else of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol, TypeAlias, TypeVar

from articles.model import Decision, Entry, Licence, Page, Problem, Status, Text, Verdict

T = TypeVar("T")

# ---------------------------------------------------------------- feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an adapter wants fetched.

    ``secret_params`` go into the query string but never into a log, an error, an archive or the ledger.
    ``conditional``: send the validators of the last answer, so that an unchanged list costs nothing.
    """

    url: str
    params: Mapping[str, str] = field(default_factory=dict)
    secret_params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    accept: str = "*/*"
    timeout_s: float | None = None  # None: the client's own
    conditional: bool = True
    pause_s: float = 0.0  # wait this long before asking, beyond the pacing per host


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What came back: any status below 400, and 304. Header names are in lower case; ``body`` is decompressed.

    Failures are thrown into the exchange as :class:`articles.errors.SourceError`.
    """

    url: str
    status: int
    body: bytes
    fetched_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    archive_ref: str = ""
    unchanged: bool = False  # 304, or 200 with the very bytes of the last time

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip("\"'").lower()
        return ""


#: Yields what it wants fetched, is sent the answer, returns its result. It opens nothing itself.
Exchange: TypeAlias = Generator[Request, Response, T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a feed has been read; the words in ``state`` are the adapter's own."""

    state: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What an adapter may know of the moment: the time, and the secrets set for its feed."""

    now: datetime  # aware UTC
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """An item of a list that could not be made an entry; it is kept in quarantine with its source form."""

    guid: str  # the publisher's id, or a hash of ``raw`` where it has none
    raw: str
    problem: Problem
    receipt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What one poll brought. ``problems``: parts of the source that failed while the rest went on."""

    entries: tuple[Entry, ...] = ()
    cursor: Cursor = field(default_factory=Cursor)
    rejected: tuple[Rejected, ...] = ()
    problems: tuple[Problem, ...] = ()
    unchanged: bool = False  # the source has nothing new, and said so
    unknown_fields: tuple[str, ...] = ()  # fields of the source that the adapter does not know


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """Longer without an entry than this is an alarm, not a quiet day."""

    working_hours: timedelta = timedelta(hours=24)  # on weekdays
    weekend: timedelta = timedelta(hours=72)


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """One source. ``poll`` and ``acknowledge`` are exchanges: bytes in, records out."""

    name: str
    title: str  # as monitors know it
    poll: Callable[[Cursor, Occasion], Exchange[Polled]]
    acknowledge: Callable[[Sequence[str], Occasion], Exchange[None]] | None = None  # takes receipts
    schedule: str = "*/15 * * * *"  # cron, Europe/Copenhagen
    silent_after: Silence = field(default_factory=Silence)
    licence: Licence = Licence.HEADLINE
    homepage: str = ""
    secrets: tuple[str, ...] = ()  # the secrets it needs, e.g. ("user", "password")
    dossier: str = ""  # Markdown: what the source is, how it behaves, since when we know


# ---------------------------------------------------------------- extractors and classifiers


class Extractor(Protocol):
    """``extract(page)`` of a module in extractors/: a :class:`Text`, or a ``PageError``. Opens nothing."""

    def __call__(self, page: Page) -> Text: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """``score >= on_topic`` is on topic, ``score < doubtful`` is off topic, between them is doubtful."""

    doubtful: float
    on_topic: float

    def decide(self, score: float) -> Decision:
        if score >= self.on_topic:
            return Decision.ON_TOPIC
        return Decision.DOUBTFUL if score >= self.doubtful else Decision.OFF_TOPIC


class Topic(Protocol):
    """What is watched for; ``topics.load`` gives one. ``path(name)`` is a file or folder of the topic."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def classifier(self) -> str: ...
    def thresholds(self, classifier: str) -> Thresholds: ...
    def options(self, classifier: str) -> Mapping[str, Any]: ...  # the table of that name, {} where there is none
    def path(self, name: str) -> str: ...


class Classifier(Protocol):
    """``load(topic)`` of a module in classifiers/ gives one. Scores do not depend on the batch."""

    @property
    def name(self) -> str: ...  # with version, e.g. "lexicon/1a2b3c4d"
    def classify(self, texts: Sequence[Text]) -> list[Verdict]: ...


# ---------------------------------------------------------------- hits


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """What the index holds of one article, and all that a result page or a digest shows."""

    id: str
    topic: str
    title: str
    url: str
    feed: str
    publisher: str
    form: str
    language: str
    status: Status
    licence: Licence
    published_at: datetime | None
    first_seen_at: datetime  # when this version was first seen: the digest's window goes by it
    decision: Decision
    score: float
    classifier: str
    evidence: tuple[str, ...]  # the sentences themselves
    body: str  # the whole text: searched, shown only as the licence allows
    thread: str
    version: int = 1
    facets: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    grounds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # "facet/value": the sentences it rests on
    also: tuple[str, ...] = ()  # where the same wording stood as well: "publisher (form)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """A search. ``text``: words (all must occur), "phrases", OR, -without, ( ), prefix*. Empty finds everything."""

    text: str = ""
    decisions: tuple[Decision, ...] = (Decision.ON_TOPIC,)
    feeds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    thread: str = ""
    since: datetime | None = None  # published (or first seen, where unknown) at or after
    until: datetime | None = None  # before
    seen_since: datetime | None = None  # first seen at or after: the digest's window
    seen_until: datetime | None = None
    with_withdrawn: bool = True
    sort: str = "newest"  # or "relevance"
    size: int = 20
    offset: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A passage with the matches in it: ``text[start:end]`` for each of ``marks``. Plain text, to be escaped."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One result: the hit, its best passages, and the title with its matches."""

    hit: Hit
    title: Marked
    passages: tuple[Marked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """``facets``: field -> value -> count over all that was found (not only this page). ``days``: count per day."""

    total: int
    found: tuple[Found, ...]
    facets: Mapping[str, Mapping[str, int]]
    days: Mapping[date, int]
    took_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of one step: ``read == written + skipped + quarantined``."""

    read: int = 0
    written: int = 0
    skipped: int = 0
    quarantined: int = 0

    def __post_init__(self) -> None:
        if self.read != self.written + self.skipped + self.quarantined:
            raise ValueError(f"a tally that does not add up: {self}")

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            read=self.read + other.read,
            written=self.written + other.written,
            skipped=self.skipped + other.skipped,
            quarantined=self.quarantined + other.quarantined,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PollTally:
    """Counts of one poll, in items of the source's list: ``read == new + known + quarantined``."""

    read: int = 0
    new: int = 0  # items and versions of items not seen before
    known: int = 0
    quarantined: int = 0

    def __post_init__(self) -> None:
        if self.read != self.new + self.known + self.quarantined:
            raise ValueError(f"a tally that does not add up: {self}")

    def __add__(self, other: PollTally) -> PollTally:
        return PollTally(
            read=self.read + other.read,
            new=self.new + other.new,
            known=self.known + other.known,
            quarantined=self.quarantined + other.quarantined,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Validator:
    """What proves that an address has not changed: sent back to it, and compared with its answer."""

    etag: str = ""
    last_modified: str = ""
    body_sha256: str = ""


class Index(Protocol):
    """``open_index(...)`` of a module in hits/ gives one. Failures are ``SearchIndexError`` or ``QueryError``."""

    def put(self, hits: Iterable[Hit]) -> Tally: ...  # by id: a later version takes the earlier one's place
    def remove(self, ids: Iterable[str]) -> None: ...
    def search(self, query: Query) -> Results: ...
    def get(self, hit_id: str) -> Hit | None: ...
    def rebuild(self, hits: Iterable[Hit]) -> Tally: ...  # a new index takes the old one's place at once
    def close(self) -> None: ...


# ---------------------------------------------------------------- digests


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Who gets a digest. ``queries``: title -> search; empty means everything on topic."""

    name: str
    address: str
    language: str = "da"  # of the mail's own words: da or en
    queries: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedHealth:
    """One line of "what could not be seen": how a feed stands at one moment."""

    feed: str
    title: str
    fresh: bool
    last_polled_at: datetime | None
    last_entry_at: datetime | None
    problem: Problem | None  # of the last poll, or kind "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """One person's mail for one day. ``message_id`` is the same however often it is composed."""

    recipient: Recipient
    day: date
    since: datetime
    until: datetime
    message_id: str
    subject: str
    text: str
    html: str
    items: tuple[str, ...]  # ids of the hits in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the mail server said, and where the mail was filed (a path, "" where nowhere)."""

    message_id: str
    answer: str
    filed: str = ""


class Mailer(Protocol):
    """Hands a digest to a mail server; ``MailError`` where it was not taken."""

    def send(self, digest: Digest) -> Receipt: ...
