"""What holds for every answer: headers, methods, failures, prefixes, and pages without script or style in them."""

from __future__ import annotations

import re
import threading
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import html as markup
from starlette.testclient import TestClient

import portal
from articles.errors import LedgerError, SearchIndexError
from portal.app import create
from tests.portal.conftest import FakeIndex, FakeRuntime, hit

PAGES = [
    "/",
    "/?q=asyl",
    "/why",
    "/why?what=x",
    "/feeds",
    "/hit/x",
    "/nowhere",
    "/search.rss",
    "/search.csv",
    "/health",
]
HTML = ["/", "/?q=asyl", "/?since=x", "/why", "/why?what=x", "/feeds", f"/hit/{hit().id}", "/hit/x", "/nowhere"]
TEMPLATES = sorted((Path(portal.__file__).parent / "templates").glob("*.html"))
STYLE = Path(portal.__file__).parent / "static" / "portal.css"


@pytest.mark.parametrize("address", [*PAGES, "/static/portal.css", "/static/nothing.css"])
def test_a_browser_is_told_what_it_may_do(address: str, browser: TestClient) -> None:
    headers = browser.get(address).headers
    assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; img-src 'self'")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert "set-cookie" not in headers
    assert "noindex" in headers["x-robots-tag"]


WRITES = [(address, method) for address in PAGES for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")]
WRITES.remove(("/hit/x", "POST"))  # the one form: test_said.py


@pytest.mark.parametrize(("address", "method"), WRITES)
def test_only_reading_is_answered(address: str, method: str, browser: TestClient) -> None:
    answer = browser.request(method, address)
    allowed = "GET, HEAD, POST" if address.startswith("/hit/") else "GET, HEAD"
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("address", PAGES)
def test_head_answers_as_get_without_a_body(address: str, browser: TestClient) -> None:
    got, head = browser.get(address), browser.head(address)
    assert head.status_code == got.status_code
    assert head.headers["content-type"] == got.headers["content-type"]
    assert head.content == b""


@pytest.mark.parametrize("address", ["/docs", "/redoc", "/openapi.json"])
def test_no_machine_page_is_served(address: str, browser: TestClient) -> None:
    assert browser.get(address).status_code == 404


@pytest.mark.parametrize("address", ["/static/..%2fapp.py", "/static/../app.py", "/static/%2e%2e/app.py", "/static/"])
def test_only_the_style_is_served_as_a_file(address: str, browser: TestClient) -> None:
    assert browser.get(address).status_code == 404


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize("address", ["/", f"/hit/{hit().id}", "/search.rss", "/search.csv", "/search.json"])
def test_an_index_that_cannot_be_used_is_a_sentence(address: str, browser: TestClient, index: FakeIndex) -> None:
    index.fails(SearchIndexError("does not answer; start it", subject="http://127.0.0.1:9200"))
    answer = browser.get(address)
    assert answer.status_code == 503
    assert "The search index: does not answer; start it." in answer.text
    assert "9200" not in answer.text
    assert "content-security-policy" in answer.headers


class BrokenLedger:
    def __getattr__(self, _: str) -> object:
        raise LedgerError("cannot be used; check its URL")


def test_a_ledger_that_cannot_be_used_leaves_the_search(browser: TestClient, at: FakeRuntime, index: FakeIndex) -> None:
    index.put([hit()])
    at.__dict__["ledger"] = BrokenLedger()
    answer = browser.get("/")
    assert answer.status_code == 200
    assert "How the sources stand cannot be told now" in answer.text
    for address in ("/why?what=x", "/feeds"):
        answer = browser.get(address)
        assert (answer.status_code, "The ledger: cannot be used; check its URL." in answer.text) == (503, True)
    answer = browser.get(f"/hit/{hit().id}")
    assert (answer.status_code, "What people said of it cannot be told now." in answer.text) == (200, True)
    del at.__dict__["ledger"]


def test_a_broken_feed_leaves_the_search(browser: TestClient, at: FakeRuntime, index: FakeIndex) -> None:
    index.put([hit()])
    at.breaks("via_ritzau")
    answer = browser.get("/")
    assert answer.status_code == 200
    assert "How the sources stand cannot be told now." in answer.text
    assert "via_ritzau" in answer.text


def test_an_index_that_is_slow_is_told(at: FakeRuntime, index: FakeIndex) -> None:
    index.gate.clear()
    with TestClient(create(at, patience_s=0.05)) as browser:
        answer = browser.get("/")
        assert answer.status_code == 503
        assert "slow to answer" in answer.text
        index.gate.set()


def test_a_failure_of_our_own_is_a_page_that_tells_nothing(browser: TestClient, index: FakeIndex) -> None:
    index.fails(RuntimeError("a secret of the inside"))
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "content-security-policy" in answer.headers


def test_health_for_machines(browser: TestClient, at: FakeRuntime, index: FakeIndex, now: datetime) -> None:
    from articles.ports import Polled

    at.ledger.record_poll("politiken", Polled(), {}, now=now)
    answer = browser.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "well",
        "index": "well",
        "ledger": "well",
        "feeds": {"all": 3, "not_fresh": ["via_ritzau", "ritzau_wire"]},
    }
    index.fails(SearchIndexError("is down"))
    answer = browser.get("/health")
    assert (answer.status_code, answer.json()["index"]) == (503, "index")


def test_many_at_once_open_one_index_and_one_ledger(at: FakeRuntime, browser: TestClient) -> None:
    answers: list[int] = []
    threads = [threading.Thread(target=lambda: answers.append(browser.get("/feeds").status_code)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 8


def test_a_runtime_that_was_given_is_not_closed(at: FakeRuntime, index: FakeIndex) -> None:
    with TestClient(create(at)) as browser:
        browser.get("/")
    assert not index.closed


# ---------------------------------------------------------------- templates and style


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_style_or_script_in_it(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|\|\s*safe\b|autoescape|https?://[^\"]", text)


@pytest.mark.parametrize("address", HTML)
def test_a_page_is_sound(address: str, browser: TestClient, index: FakeIndex) -> None:
    """What the policy forbids is not there; every field has a label, every id is one, headings are in order."""
    index.put([hit(thread="t"), hit(2, thread="t")])
    found = markup.fromstring(browser.get(address).text)
    assert found.get("lang") == "en"
    assert found.xpath("//*[@style] | //style | //script") == []
    assert [len(found.xpath(f"//{name}")) for name in ("h1", "main", "head/title", "header", "footer")] == [
        1,
        1,
        1,
        1,
        1,
    ]
    ids = found.xpath("//@id")
    assert len(ids) == len(set(ids))
    for field in found.xpath("//input[not(@type='hidden')] | //select | //textarea"):
        assert found.xpath(f"//label[@for='{field.get('id')}']"), field.get("name")
    for name in ("aria-labelledby", "aria-describedby"):
        assert set(found.xpath(f"//@{name}")) <= set(ids)
    assert found.xpath("//a[@class='skip']/@href") == ["#main"]
    levels = [int(heading.tag[1]) for heading in found.xpath("//h1 | //h2 | //h3")]
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize("address", HTML)
def test_links_within_are_relative_and_lead_somewhere(address: str, browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(thread="t"), hit(2, thread="t")])
    answer = browser.get(address)
    inner = [
        link
        for link in markup.fromstring(answer.text).xpath("//@href | //@action")
        if not link.startswith(("https://", "#"))
    ]
    assert inner
    for link in inner:
        assert link.startswith(("./", "../"))
        assert browser.get(str(answer.url.join(link))).status_code in {200, 302, 404 if "what=" in link else 200}


def test_the_style_loads_nothing_from_elsewhere() -> None:
    text = STYLE.read_text(encoding="utf-8")
    assert "@import" not in text
    assert "url(" not in text


def colours(dark: bool) -> dict[str, str]:
    text = STYLE.read_text(encoding="utf-8")
    light = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text.split("@media")[0]))
    return {**light, **dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", text.split("@media")[1]))} if dark else light


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        *[(ink, ground) for ink in ("ink", "soft", "link", "good", "warn", "bad") for ground in ("ground", "sheet")],
        ("ink", "quote"),
        ("mark-ink", "mark"),
        ("warn", "warn-ground"),
        ("ink", "warn-ground"),
        ("link", "warn-ground"),
        ("bad", "bad-ground"),
        ("grey", "grey-ground"),
        ("sheet", "link"),
    ],
)
def test_contrast_is_enough_to_read(ink: str, ground: str, dark: bool) -> None:
    """WCAG 2.2 AA: 4.5 to 1 for text."""
    found = colours(dark)
    lighter, darker = sorted((luminance(found[ink]), luminance(found[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
