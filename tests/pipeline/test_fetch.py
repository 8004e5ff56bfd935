from __future__ import annotations

import asyncio
import gzip
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import pytest

from articles.errors import Challenged, Refused, SourceError, SourceFault, TooLarge, Unreachable
from articles.model import Page
from articles.ports import Exchange, Request, Response, Validator
from pipeline.archive import Archive
from pipeline.fetch import Client
from pipeline.settings import Settings

from .conftest import FakeSource

T = TypeVar("T")
AT = datetime(2026, 11, 20, 5, 45, tzinfo=UTC)


def with_client(settings: Settings, work: Callable[[Client], Awaitable[T]], archive: Archive | None = None) -> T:
    async def run() -> T:
        async with Client(settings, archive, lambda: AT) as client:
            return await work(client)

    return asyncio.run(run())


def ask(settings: Settings, request: Request, known: Validator | None = None) -> tuple[Response, Validator]:
    return with_client(settings, lambda client: client.ask(request, known))


def page(settings: Settings, url: str, archive: Archive | None = None) -> object:
    return with_client(settings, lambda client: client.pages([url]), archive)[0]


def test_an_unchanged_list_is_not_sent_again(source: FakeSource, settings: Settings) -> None:
    source.does(
        "/x.dk/rss",
        lambda asked: (
            (304, {}, b"") if asked.headers.get("If-None-Match") == '"1"' else (200, {"ETag": '"1"'}, b"<rss/>")
        ),
    )
    first, validator = ask(settings, Request(url="https://x.dk/rss"))
    assert (first.status, first.body, first.unchanged, first.url) == (200, b"<rss/>", False, "https://x.dk/rss")
    second, kept = ask(settings, Request(url="https://x.dk/rss"), validator)
    assert (second.status, second.unchanged, kept) == (304, True, validator)


def test_a_list_that_ignores_validators_is_told_by_its_bytes(source: FakeSource, settings: Settings) -> None:
    source.gives("/x.dk/rss", b"<rss/>")
    _, validator = ask(settings, Request(url="https://x.dk/rss"))
    assert ask(settings, Request(url="https://x.dk/rss"), validator)[0].unchanged
    source.gives("/x.dk/rss", b"<rss>1</rss>")
    assert not ask(settings, Request(url="https://x.dk/rss"), validator)[0].unchanged


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "words"),
    [
        (404, {}, b"", Refused, "answers 404: nothing is there"),
        (429, {"Retry_After": "7"}, b"", Refused, "too often"),
        (503, {}, b"", SourceFault, "answers 503"),
        (202, {"x_amzn_waf_action": "challenge"}, b"<html>", Challenged, "challenge page"),
        (403, {}, b"<title>Just a moment...</title>", Challenged, "challenge page"),
        (301, {"Location": "https://x.dk/rss"}, b"", SourceFault, "redirects more than 5 times"),
    ],
)
def test_what_is_not_an_answer_has_a_name(
    source: FakeSource, settings: Settings, status: int, headers: dict[str, str], body: bytes, error: type, words: str
) -> None:
    source.gives("/x.dk/rss", body, status, **headers)
    with pytest.raises(error, match=words) as failure:
        ask(settings, Request(url="https://x.dk/rss"))
    assert str(failure.value).startswith("https://x.dk/rss: ")
    if isinstance(failure.value, Refused):
        assert failure.value.status == status
        assert failure.value.retry_after_s == (7.0 if status == 429 else None)


def test_secrets_are_sent_and_never_shown(source: FakeSource, settings: Settings, tmp_path: Path) -> None:
    source.gives("/x.dk/queue", b"no", 500)
    request = Request(url="https://x.dk/queue", params={"n": "5"}, secret_params={"password": "hemmelig æ"})
    with pytest.raises(SourceFault) as failure:
        ask(settings, request)
    assert "hemmelig" not in str(failure.value)
    assert source.asked[0][0] == "/x.dk/queue?n=5&password=hemmelig+%C3%A6"
    source.gives("/x.dk/queue", b"yes")
    archive = Archive(tmp_path / "archive")
    answer, _ = with_client(settings, lambda client: client.ask(request), archive)
    archive.close()
    kept = b"".join(gzip.decompress(path.read_bytes()) for path in archive.folder.rglob("*.gz"))
    assert b"https://x.dk/queue?n=5" in kept
    assert b"hemmelig" not in kept
    assert archive.body(answer.archive_ref) == b"yes"


def test_a_redirect_does_not_carry_secrets_away(source: FakeSource, settings: Settings) -> None:
    source.gives("/x.dk/queue", status=302, Location="https://elsewhere.dk/")
    source.gives("/elsewhere.dk/", b"hello")
    answer, _ = ask(settings, Request(url="https://x.dk/queue", secret_params={"password": "s"}))
    assert (answer.url, answer.body) == ("https://elsewhere.dk/", b"hello")
    assert source.asked[1][0] == "/elsewhere.dk/"


@pytest.mark.parametrize("packed", [False, True], ids=["large", "bomb"])
def test_a_page_too_large_is_a_value_and_is_not_read_to_its_end(
    source: FakeSource, settings: Settings, packed: bool
) -> None:
    body = gzip.compress(b"\0" * 50_000_000) if packed else b"x" * 5_000_000
    source.gives("/x.dk/a", body, **({"Content_Encoding": "gzip"} if packed else {}))
    found = page(settings, "https://x.dk/a")
    assert isinstance(found, TooLarge)
    assert "larger than 1,000,000 bytes" in str(found)


def test_a_source_that_never_answers_ends_in_time(source: FakeSource, settings: Settings) -> None:
    import threading

    release = threading.Event()
    source.does("/x.dk/rss", lambda _: (release.wait(10) and (200, {}, b"")) or (200, {}, b""))
    quick = settings.model_copy(update={"timeout_s": 0.2})
    with pytest.raises(Unreachable, match=r"no answer within 0\.2 seconds"):
        ask(quick, Request(url="https://x.dk/rss"))
    release.set()


def test_an_unreachable_source_is_one_sentence(settings: Settings) -> None:
    nobody = settings.model_copy(update={"replay_url": "http://127.0.0.1:9"})
    with pytest.raises(Unreachable, match=r"^https://x.dk/rss: cannot be reached \(connect"):
        ask(nobody, Request(url="https://x.dk/rss"))


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::ffff:127.0.0.1]:{port}/"]
)
def test_live_pages_never_come_from_inside(source: FakeSource, settings: Settings, url: str) -> None:
    source.gives("/", b"secret")
    live = settings.model_copy(update={"feeds": "live"})
    found = page(live, url.format(port=source.server.server_port))
    assert isinstance(found, SourceError)
    assert "own network" in str(found)
    assert source.asked == []


@pytest.mark.parametrize("url", ["ftp://x.dk/a", "file:///etc/passwd", "javascript:alert(1)", "https:///a", ""])
def test_only_web_addresses_are_fetched(settings: Settings, url: str) -> None:
    assert isinstance(page(settings, url), Refused)


def test_robots_txt_is_honoured_for_pages(source: FakeSource, settings: Settings) -> None:
    source.gives("/x.dk/robots.txt", b"User-agent: *\nDisallow: /private/")
    source.gives("/x.dk/open", b"<p>a</p>", Content_Type="Text/HTML; charset=UTF-8")
    pages = with_client(settings, lambda client: client.pages(["https://x.dk/private/1", "https://x.dk/open"]))
    assert isinstance(pages[0], Refused)
    assert "robots.txt" in str(pages[0])
    assert isinstance(pages[1], Page)
    assert (pages[1].media_type, pages[1].charset, pages[1].body) == ("text/html", "utf-8", b"<p>a</p>")
    assert source.paths() == ["/x.dk/open"]


def test_a_paged_source_keeps_what_it_has_when_a_page_fails(source: FakeSource, settings: Settings) -> None:
    def exchange() -> Exchange[list[bytes]]:
        found = []
        for n in (1, 2):
            try:
                answer = yield Request(url="https://x.dk/api", params={"page": str(n)})
            except SourceError as error:
                found.append(error.kind.encode())
            else:
                found.append(answer.body)
        return found

    source.does("/x.dk/api", lambda asked: (200, {"ETag": '"e"'}, b"one") if "page=1" in asked.path else (500, {}, b""))
    result, validators = with_client(settings, lambda client: client.drive(exchange()))
    assert result == [b"one", b"source_fault"]
    assert list(validators) == ["https://x.dk/api?page=1"]
    assert validators["https://x.dk/api?page=1"].etag == '"e"'


def test_a_failure_that_the_source_does_not_expect_goes_on(source: FakeSource, settings: Settings) -> None:
    def exchange() -> Exchange[None]:
        yield Request(url="https://x.dk/api")

    with pytest.raises(Refused):
        with_client(settings, lambda client: client.drive(exchange()))
