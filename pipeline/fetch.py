"""The one HTTP client: it drives the feeds' exchanges and fetches the pages of articles.

It keeps a pace per host, limits time and size, sends validators, refuses addresses inside our own network, honours
robots.txt for article pages, tells a challenge from an answer, and keeps every answer in the archive. Failures are
values for the caller: a ``SourceError`` or ``PageError`` with one sentence.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit
from urllib.robotparser import RobotFileParser

from articles.errors import Challenged, DefectorwatchError, Refused, SourceFault, TooLarge, Unreachable
from articles.errors import SourceError as AnySourceError
from articles.model import Page
from articles.ports import Exchange, Request, Response, Validator
from pipeline._network import NOT_PUBLIC, Forbidden, guarded_socket
from pipeline.archive import Archive
from pipeline.settings import Settings

if TYPE_CHECKING:
    import aiohttp

T = TypeVar("T")

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_HOPS = 5  # browsers allow 20; no source here needs more than two


@dataclass(slots=True)
class _Host:
    """The pace of one host: one request at a time, and a pause between two."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    free_at: float = 0.0


class Client:
    """``async with Client(settings, archive, clock) as client``; ``clock`` gives the instant that is recorded."""

    def __init__(self, settings: Settings, archive: Archive | None, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self.archive = archive
        self.clock = clock
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)
        self._robots: dict[str, asyncio.Task[RobotFileParser]] = {}
        self._room = asyncio.Semaphore(settings.concurrency)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        import aiohttp

        connector = aiohttp.TCPConnector(socket_factory=guarded_socket(self._own_servers()), limit=0)
        self._session = aiohttp.ClientSession(
            connector=connector,
            headers={"User-Agent": self.settings.user_agent, "Accept-Encoding": "gzip, deflate"},
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session:
            await self._session.close()

    def _own_servers(self) -> frozenset[tuple[str, int]]:
        if self.settings.feeds == "live":
            return frozenset()
        parts = urlsplit(self.settings.replay_url)
        return frozenset({(address, parts.port or 80) for address in ("127.0.0.1", "::1")})

    # ------------------------------------------------------------ feeds

    async def drive(
        self, exchange: Exchange[T], known: Mapping[str, Validator] | None = None
    ) -> tuple[T, dict[str, Validator]]:
        """Runs an exchange to its end. Returns its result and the validators of what it read, by address.

        A failed request is thrown into the exchange as a ``SourceError``, so that a paged source can keep what it has.
        """
        fresh: dict[str, Validator] = {}
        answer: Response | AnySourceError | None = None
        while True:
            try:
                if isinstance(answer, AnySourceError):
                    request = exchange.throw(answer)
                else:
                    request = next(exchange) if answer is None else exchange.send(answer)
            except StopIteration as done:
                return done.value, fresh
            try:
                answer, validator = await self.ask(request, (known or {}).get(_address(request)))
            except AnySourceError as failure:
                answer = failure
            else:
                if request.conditional and validator != Validator():
                    fresh[_address(request)] = validator

    async def ask(self, request: Request, known: Validator | None = None) -> tuple[Response, Validator]:
        """One request, one answer below 400 or 304. Raises a ``SourceError``, also where it is too large."""
        if request.pause_s:
            await asyncio.sleep(request.pause_s if self.settings.feeds == "live" else 0)
        subject = _address(request)
        headers = {"Accept": request.accept, **request.headers, **(_conditions(known) if request.conditional else {})}
        secret = urlencode(request.secret_params)
        timeout_s = request.timeout_s if request.timeout_s and self.settings.feeds == "live" else None
        try:
            answer = await self._follow(subject, headers, secret=secret, timeout_s=timeout_s)
        except TooLarge as error:
            raise SourceFault(error.detail, subject=subject) from None
        sha256 = hashlib.sha256(answer.body).hexdigest() if answer.body else ""
        same = answer.status == 304 or bool(known and sha256 and known.body_sha256 == sha256)
        if answer.status == 304:
            return replace(answer, unchanged=True), known or Validator()
        validator = Validator(
            etag=answer.headers.get("etag", ""),
            last_modified=answer.headers.get("last-modified", ""),
            body_sha256=sha256,
        )
        return self._kept(replace(answer, unchanged=same), subject), validator

    # ------------------------------------------------------------ pages

    async def pages(self, addresses: Sequence[str]) -> list[Page | DefectorwatchError]:
        """The pages at these addresses, in the same order; a failure stands in its page's place."""
        return list(await asyncio.gather(*(self._page(address) for address in addresses)))

    async def _page(self, address: str) -> Page | DefectorwatchError:
        try:
            if not await self._allowed(address):
                return Refused("robots.txt asks not to fetch it; read it by hand", subject=address)
            accept = "text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8"
            answer = self._kept(await self._follow(address, {"Accept": accept}), address)
        except DefectorwatchError as error:
            return error
        return Page(
            url=answer.url,
            media_type=answer.media_type,
            body=answer.body,
            charset=answer.charset,
            fetched_at=answer.fetched_at,
            archive_ref=answer.archive_ref,
        )

    async def _allowed(self, address: str) -> bool:
        parts = urlsplit(address)
        site = f"{parts.scheme}://{parts.netloc}"
        if site not in self._robots:
            self._robots[site] = asyncio.create_task(self._rules(site))
        return (await self._robots[site]).can_fetch(self.settings.user_agent, address)

    async def _rules(self, site: str) -> RobotFileParser:
        rules = RobotFileParser()
        try:
            answer = await self._follow(f"{site}/robots.txt", {"Accept": "text/plain"})
            rules.parse(answer.body.decode("utf-8", "replace").splitlines())
        except DefectorwatchError:
            rules.parse([])  # no rules to be had: RFC 9309 section 2.3.1.3 allows access
        return rules

    def _kept(self, answer: Response, subject: str) -> Response:
        if self.archive is None:
            return answer
        ref = self.archive.keep(subject, answer.status, answer.headers, answer.body, at=answer.fetched_at)
        return replace(answer, archive_ref=ref)

    # ------------------------------------------------------------ one request

    async def _follow(
        self, url: str, headers: Mapping[str, str], *, secret: str = "", timeout_s: float | None = None
    ) -> Response:
        """Follows redirects by hand: each hop is checked, paced and kept free of what is secret."""
        first = url
        for _ in range(_HOPS):
            answer = await self._once(url, headers, secret=secret, timeout_s=timeout_s)
            if answer.status not in _REDIRECTS:
                return _judged(answer, first)
            url = urljoin(url, answer.headers.get("location", ""))
            secret = ""  # credentials are for the address they were set for, and for no other
        raise SourceFault(f"redirects more than {_HOPS} times; look up its new address", subject=first)

    async def _once(self, url: str, headers: Mapping[str, str], *, secret: str, timeout_s: float | None) -> Response:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Refused("is not a web address; mend the link in the feed", subject=url)
        host = self._hosts[parts.hostname]
        async with self._room, host.turn:
            await asyncio.sleep(max(0.0, host.free_at - time.monotonic()))
            try:
                return await self._send(url, headers, secret, timeout_s or self.settings.timeout_s)
            finally:
                host.free_at = time.monotonic() + self.settings.pause_s

    async def _send(self, url: str, headers: Mapping[str, str], secret: str, timeout_s: float) -> Response:
        import aiohttp

        assert self._session is not None, "used outside `async with`"
        timeout = aiohttp.ClientTimeout(total=timeout_s)
        dialled = self._dialled(url, secret)
        try:
            async with self._session.get(dialled, headers=headers, timeout=timeout, allow_redirects=False) as answer:
                body = await self._read(answer, url)
                received = {name.lower(): value for name, value in answer.headers.items()}
                return Response(url=url, status=answer.status, body=body, headers=received, fetched_at=self.clock())
        except TimeoutError:
            raise Unreachable(f"gave no answer within {timeout_s:g} seconds; it is tried again", subject=url) from None
        except (Forbidden, aiohttp.ClientConnectorError) as error:
            if isinstance(error, Forbidden) or NOT_PUBLIC in str(error):
                raise Refused("leads into our own network and is not fetched", subject=url) from None
            raise Unreachable(f"cannot be reached ({_reason(error)}); it is tried again", subject=url) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"cannot be reached ({_reason(error)}); it is tried again", subject=url) from None

    async def _read(self, answer: aiohttp.ClientResponse, url: str) -> bytes:
        limit = self.settings.max_bytes
        parts: list[bytes] = []
        size = 0
        async for part in answer.content.iter_chunked(65_536):
            size += len(part)
            if size > limit:
                answer.close()  # the rest is not read
                raise TooLarge(f"is larger than {limit:,} bytes and was not read to its end", subject=url)
            parts.append(part)
        return b"".join(parts)

    def _dialled(self, url: str, secret: str) -> Any:
        """The address that is really asked: the replay server's, where a recorded day is played."""
        from yarl import URL

        parts = urlsplit(url)
        query = "&".join(part for part in (parts.query, secret) if part)
        if self.settings.feeds == "replay":
            base = urlsplit(self.settings.replay_url)
            path = f"/{parts.netloc}{parts.path or '/'}"
            return URL(urlunsplit((base.scheme, base.netloc, path, query, "")), encoded=True)
        return URL(urlunsplit((parts.scheme, parts.netloc, parts.path, query, "")), encoded=not _needs_quoting(url))


def _needs_quoting(url: str) -> bool:
    return not url.isascii() or " " in url


def _address(request: Request) -> str:
    """The request's address with its open parameters: what is logged, archived and kept as validators' key."""
    query = urlencode(request.params, safe="',:")
    joint = "&" if urlsplit(request.url).query else "?"
    return f"{request.url}{joint}{query}" if query else request.url


def _conditions(known: Validator | None) -> dict[str, str]:
    if known is None:
        return {}
    pairs = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in pairs.items() if value}


def _judged(answer: Response, subject: str) -> Response:
    """The answer, or what it means that it is not one."""
    headers = answer.headers
    if headers.get("x-amzn-waf-action") or headers.get("cf-mitigated") == "challenge":
        raise Challenged("answers with a challenge page instead of data; ask the source for access", subject=subject)
    if answer.status < 400:
        return answer
    if answer.status >= 500:
        raise SourceFault(f"answers {answer.status}: broken on its side; it is tried again", subject=subject)
    if b"Just a moment" in answer.body[:4096]:
        raise Challenged("answers with a challenge page instead of data; ask the source for access", subject=subject)
    wait_s = _retry_after_s(headers.get("retry-after", ""), answer.fetched_at)
    detail = f"answers {answer.status}: {_WHY.get(answer.status, 'it refuses; check the address')}"
    raise Refused(detail, subject=subject, retry_after_s=wait_s, status=answer.status)


_WHY = {
    401: "it wants a login; check the credentials",
    403: "it refuses us; ask the source for access",
    404: "nothing is there; check the address",
    410: "it was taken away",
    429: "we ask too often; it is tried again later",
}


def _retry_after_s(raw: str, now: datetime) -> float | None:
    """Seconds or an HTTP date (RFC 9110 section 10.2.3); ``None`` for anything else."""
    if raw.isdigit():
        return float(raw)
    try:
        then = parsedate_to_datetime(raw)
    except (TypeError, ValueError):
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - now).total_seconds())


def _reason(error: Exception) -> str:
    """The innermost cause in few words; addresses and credentials never stand in it."""
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name is not found"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "its certificate is not trusted"
    if isinstance(error, aiohttp.ClientConnectorError):
        return (error.os_error.strerror or "the connection was refused").lower()
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return "it hung up"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "its answer broke off"
    return type(error).__name__
