"""What people say of a verdict: the one form, who may send it, and what the page says then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from articles.errors import LedgerError
from articles.model import Decision
from articles.ports import Hit
from ledger.store import Correction
from pipeline.runtime import Runtime
from portal import _guard, _said
from portal.app import create
from tests.portal.conftest import PORTAL, FakeIndex, FakeRuntime, Life, hit, links, page, words

HERE = {"sec-fetch-site": "same-origin"}
WORD = {"on_topic": "no", "by": "Ane", "note": "Kun ukrainere."}


def say(browser: TestClient, of: Hit, *, headers: Mapping[str, str] = HERE, **changes: Any) -> Any:
    """Sends the form; Ane's, if not another's."""
    form = {"version": str(of.version), **WORD, **changes}
    return browser.post(f"/hit/{of.id}", data=form, headers=headers)


def said(at: Runtime) -> list[tuple[bool, str, str, int]]:
    return [(one.on_topic, one.by, one.note, one.version) for one in at.ledger.corrections()]


# ---------------------------------------------------------------- saying it


def test_a_word_is_filed_and_the_page_says_so(browser: TestClient, at: FakeRuntime, life: Life) -> None:
    found = life.hit(decision=Decision.DOUBTFUL, score=0.4)
    answer = say(browser, found)
    assert (answer.status_code, answer.headers["location"]) == (303, f"./{found.id}#said")
    assert said(at) == [(False, "Ane", "Kun ukrainere.", 1)]
    shown = page(browser, str(answer.url.join(answer.headers["location"])))
    section = words(shown.find(".//section[@aria-labelledby='said']"))
    assert "Ane said on 20 Nov: off topic" in section
    assert "Kun ukrainere." in section
    assert [words(badge) for badge in shown.xpath("//h1/*[contains(@class, 'badge')]")] == [
        "Doubtful",
        "Ane: off topic",
    ]


def test_it_changes_neither_verdict_nor_search(browser: TestClient, at: FakeRuntime, life: Life) -> None:
    found = life.hit()
    before = at.ledger.get(found.id)
    say(browser, found)
    assert at.ledger.get(found.id) == before
    assert at.index.get(found.id) == found


def test_the_latest_word_comes_first_and_the_others_stay(browser: TestClient, life: Life) -> None:
    found = life.hit()
    say(browser, found)
    say(browser, found, by="Bo", on_topic="yes", note="")
    section = page(browser, f"/hit/{found.id}").find(".//section[@aria-labelledby='said']")
    assert [words(word) for word in section.xpath(".//p[@class='word']")] == [
        "Bo said on 20 Nov: on topic",
        "Ane said on 20 Nov: off topicKun ukrainere.",
    ]
    assert words(section.find(".//summary")) == "1 earlier word"


def test_it_is_of_the_version_that_was_read(browser: TestClient, at: FakeRuntime, life: Life) -> None:
    found = life.hit()
    life.listed("g1", title="Efter", version=2)
    assert say(browser, found).status_code == 303
    assert say(browser, found, version="x").status_code == 303
    assert [version for *_, version in said(at)] == [1, 1]


def test_a_name_is_typed_once(browser: TestClient, life: Life) -> None:
    found = life.hit()
    cookie = say(browser, found, by="Åse; Ø").headers["set-cookie"]
    for part in ("HttpOnly", "SameSite=strict", "Max-Age=31536000"):
        assert part in cookie
    assert "Path" not in cookie, "under the prefix of a proxy, / is somebody else's"
    shown = page(browser, f"/hit/{found.id}")
    assert shown.find(".//input[@name='by']").get("value") == "Åse; Ø"
    assert not shown.xpath("//input[@checked]")


@pytest.mark.parametrize("value", ["%00", "a" * 61, "%E2%80%AEx", "%"])
def test_a_cookie_of_somebody_elses_making_does_no_harm(value: str, browser: TestClient, life: Life) -> None:
    found = life.hit()
    answer = browser.get(f"/hit/{found.id}", headers={"cookie": f"{_said.COOKIE}={value}"})
    assert answer.status_code == 200
    assert f'value="{"%" if value == "%" else ""}" maxlength' in answer.text


def test_a_secure_page_keeps_a_secure_cookie(at: FakeRuntime, life: Life) -> None:
    with TestClient(create(at), base_url="https://testserver", follow_redirects=False) as browser:
        assert "Secure" in say(browser, life.hit()).headers["set-cookie"]


def test_a_doubtful_hit_in_a_list_leads_to_the_question(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(1), hit(2, decision=Decision.DOUBTFUL)])
    assert links(page(browser, "/?decision=any"), "//article//a")["Is this on topic?"] == f"./hit/{hit(2).id}#said"
    assert "Is this on topic?" not in links(page(browser, "/"))


def test_what_was_said_is_escaped(browser: TestClient, life: Life) -> None:
    found = life.hit()
    say(browser, found, by="<i>Ane</i>", note='"><script>x</script>')
    shown = page(browser, f"/hit/{found.id}")
    assert not shown.xpath("//script | //i")
    assert "<i>Ane</i>: off topic" in words(shown.find(".//h1"))


# ---------------------------------------------------------------- a form that is not whole


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"on_topic": ""}, "on_topic", "Choose yes or no."),
        ({"on_topic": "maybe"}, "on_topic", "Choose yes or no."),
        ({"by": "  "}, "by", "Your name must have 1 to 60 printable characters; write who says it."),
        ({"by": "a" * 61}, "by", "Your name must have 1 to 60 printable characters; write who says it."),
        ({"by": "A\u202eB"}, "by", "Your name must have 1 to 60 printable characters; write who says it."),
        ({"note": "æ" * 501}, "note", "A note must have at most 500 characters; shorten it."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    changes: dict[str, str], field: str, sentence: str, browser: TestClient, at: FakeRuntime, life: Life
) -> None:
    from lxml import html as markup

    answer = say(browser, life.hit(), **changes)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers
    shown = markup.fromstring(answer.text)
    (error,) = shown.xpath("//p[@class='error']")
    assert (words(error), error.get("id")) == (sentence, f"{field}-error")
    assert shown.xpath(f"//*[@aria-describedby='{field}-error']")
    kept = {**WORD, **changes}
    assert words(shown.find(".//textarea")) == kept["note"]
    assert shown.find(".//input[@name='by']").get("value").strip() == kept["by"].strip()
    assert said(at) == []


def test_the_longest_note_of_the_widest_characters_is_taken(browser: TestClient, at: FakeRuntime, life: Life) -> None:
    assert say(browser, life.hit(), by="🕊" * 60, note="🕊" * 500).status_code == 303
    assert said(at) == [(False, "🕊" * 60, "🕊" * 500, 1)]


def test_a_hit_that_is_gone_cannot_be_spoken_of(browser: TestClient, at: FakeRuntime) -> None:
    assert say(browser, hit()).status_code == 404
    assert said(at) == []


def test_a_hit_that_the_ledger_does_not_have_is_told(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit()])
    answer = say(browser, hit())
    assert answer.status_code == 503
    assert "is not on file" in answer.text


class BrokenLedger:
    def __getattr__(self, _: str) -> object:
        raise LedgerError("cannot be used; check its URL")


def test_a_ledger_that_cannot_be_used_is_told(browser: TestClient, at: FakeRuntime, index: FakeIndex) -> None:
    index.put([hit()])
    at.__dict__["ledger"] = BrokenLedger()
    answer = say(browser, hit())
    assert (answer.status_code, "cannot be used; check its URL" in answer.text) == (503, True)
    assert "set-cookie" not in answer.headers
    del at.__dict__["ledger"]


# ---------------------------------------------------------------- who may send it


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "http://testserver"},
        {"origin": "null"},
        {"origin": "https://evil.example.org"},
        {"origin": "http://testserver.evil.example.org"},
        {"origin": "http://testserver:81"},
        {"origin": "http://["},
        {"origin": "testserver"},
        {"origin": "http://", "host": ""},
        {"referer": "http://testserver/hit/x"},
    ],
)
def test_a_form_from_elsewhere_is_refused(
    headers: dict[str, str], browser: TestClient, at: FakeRuntime, life: Life
) -> None:
    answer = say(browser, life.hit(), headers=headers)
    assert (answer.status_code, "open the hit and send it from there" in answer.text) == (403, True)
    assert "content-security-policy" in answer.headers
    assert said(at) == []


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "same-origin", "origin": "null"}, {"origin": "http://testserver"}, {"origin": PORTAL}],
)
def test_a_form_from_here_is_taken(headers: dict[str, str], browser: TestClient, at: FakeRuntime, life: Life) -> None:
    headers = {name: value.removesuffix("/asyl") for name, value in headers.items()}
    assert say(browser, life.hit(), headers=headers).status_code == 303
    assert len(said(at)) == 1


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"on_topic": "no"}', 415),
        ("multipart/form-data; boundary=x", b"--x--", 415),
        ("application/x-www-form-urlencoded", b"note=" + b"a" * _guard.MOST, 413),
        ("application/x-www-form-urlencoded", b"a=1&" * 11, 400),
        ("application/x-www-form-urlencoded", b"", 400),
        ("application/x-www-form-urlencoded; charset=utf-8", b"on_topic=no&by=Ane&note=%ff%00", 303),
    ],
)
def test_what_is_no_small_form_is_refused(kind: str, body: bytes, status: int, browser: TestClient, life: Life) -> None:
    answer = browser.post(f"/hit/{life.hit().id}", content=body, headers={**HERE, "content-type": kind})
    assert answer.status_code == status
    assert "content-security-policy" in answer.headers


def test_a_form_without_a_length_is_cut_off_all_the_same(browser: TestClient, life: Life) -> None:
    def endless() -> Any:
        for _ in range(100):
            yield b"note=" + b"a" * 1000

    headers = {**HERE, "content-type": "application/x-www-form-urlencoded"}
    assert browser.post(f"/hit/{life.hit().id}", content=endless(), headers=headers).status_code == 413


def test_under_the_prefix_of_a_proxy_the_form_is_found(at: FakeRuntime, life: Life) -> None:
    found = life.hit()
    with TestClient(create(at), root_path="/asyl", follow_redirects=False) as browser:
        answer = browser.post(f"/asyl/hit/{found.id}", data=WORD, headers=HERE)
        assert (answer.status_code, answer.headers["location"]) == (303, f"./{found.id}#said")


# ---------------------------------------------------------------- in words


def test_a_word_of_another_year_names_it(at: FakeRuntime, now: datetime) -> None:
    from zoneinfo import ZoneInfo

    word = Correction(
        article_id="a", version=1, on_topic=True, by="Ane", at=now, note="", score=0.9, decision=Decision.DOUBTFUL,
        classifier="lexicon/1",
    )  # fmt: skip
    zone = ZoneInfo("Europe/Copenhagen")
    assert _said.words(word, now=now, zone=zone) == "Ane said on 20 Nov: on topic"
    later = now + timedelta(days=100)
    assert _said.words(word, now=later, zone=zone) == "Ane said on 20 Nov 2026: on topic"
