"""The search page."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from lxml import html as markup
from starlette.testclient import TestClient

from articles.errors import QueryError
from articles.model import Decision, Licence, Status
from tests.portal.conftest import HIT, SEEN_AT, FakeIndex, FakeRuntime, hit, links, page, words

DOUBTFUL = {"decision": Decision.DOUBTFUL, "score": 0.51}


# ---------------------------------------------------------------- what a hit shows


def test_a_hit_shows_what_a_monitor_has_to_know(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit()])
    (article,) = page(browser, "/?q=asyl").xpath("//article")
    assert words(article.find(".//h3")) == "Desertør får asyl i Danmark"
    assert [mark.text for mark in article.xpath(".//h3//mark")] == ["asyl"]
    assert words(article.xpath(".//blockquote")[0]) == HIT.evidence[0]
    assert article.xpath(".//blockquote//mark")
    assert words(article.xpath("./span")[0]) == "Score 97 %"
    assert "Udlændingeministeriet · release · 19 Nov 2026 13:24 · Danish" in words(article)
    assert links(article)["Read at news.example.org ↗"] == "https://news.example.org/1"


def test_a_text_says_its_language(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(language="sv"), hit(2, language='x" onclick="y')])
    found = page(browser, "/")
    assert [span.get("lang") for span in found.xpath("//h3//span[@lang]")] == ["", "sv"]


def test_a_link_to_a_source_gives_nothing_away(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit()])
    (link,) = page(browser, "/").xpath("//a[starts-with(@href, 'https://news')]")
    assert link.get("rel") == "noopener noreferrer"


def test_a_wire_item_has_no_address(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(url="")])
    assert "No web address at the source" in browser.get("/").text


def test_an_undated_hit_says_when_it_was_seen(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(published_at=None)])
    assert "undated, first seen 19 Nov 2026 13:24" in words(page(browser, "/"))


def test_times_are_copenhagens_in_winter_and_summer(browser: TestClient, index: FakeIndex) -> None:
    index.put([
        hit(1, published_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC)),
        hit(2, published_at=datetime(2026, 1, 1, 22, 30, tzinfo=UTC)),
    ])
    shown = words(page(browser, "/"))
    assert "2 Jul 2026 00:30" in shown
    assert "1 Jan 2026 23:30" in shown


@pytest.mark.parametrize(
    ("status", "badge", "sentence"),
    [
        (Status.CORRECTION, "Correction", "The source has corrected this text."),
        (Status.WITHDRAWN, "Withdrawn", "The source has withdrawn this text. Do not use it."),
    ],
)
def test_what_a_source_has_mended_is_marked(
    status: Status, badge: str, sentence: str, browser: TestClient, index: FakeIndex
) -> None:
    index.put([hit(status=status)])
    (article,) = page(browser, "/").xpath("//article")
    assert words(article.xpath(".//span[contains(@class, 'badge')]")[0]) == badge
    assert sentence in words(article)


def test_other_hits_of_the_story_are_one_click_away(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(1, thread="t"), hit(2, thread="t"), hit(3, thread="t", **DOUBTFUL), hit(4)])
    found = page(browser, "/")
    address = links(found)["2 others tell this story"]
    assert len(found.xpath("//a[contains(., 'this story')]")) == 2
    assert words(page(browser, f"/{address}").find(".//h2[@id='found']")) == "3 hits"


# ---------------------------------------------------------------- doubtful ones


def test_doubtful_hits_are_hidden_and_offered(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(1), hit(2, **DOUBTFUL), hit(3, **DOUBTFUL)])
    found = page(browser, "/?q=asyl")
    assert words(found.find(".//h2[@id='found']")) == "1 hit"
    address = links(found)["2 doubtful hits are hidden: show them as well"]
    shown = page(browser, f"/{address}")
    assert words(shown.find(".//h2[@id='found']")) == "3 hits"
    assert len(shown.xpath("//article//span[contains(@class, 'badge doubtful')]")) == 2
    assert "hidden: show" not in words(shown)


# ---------------------------------------------------------------- filters


def test_a_filter_is_a_link_and_another_lets_go_of_it(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(1, feed="politiken", publisher="Politiken"), hit(2), hit(3, language="sv")])
    found = page(browser, "/?q=asyl")
    filters = links(found, "//aside//li/a")
    assert filters["Via Ritzau"] == "./?q=asyl&feed=via_ritzau"
    narrowed = page(browser, f"/{filters['Politiken']}")
    assert words(narrowed.find(".//h2[@id='found']")) == "1 hit"
    chips = links(narrowed, "//ul[@class='chips']//a")
    assert chips == {"Remove Publisher: Politiken ×": "./?q=asyl"}


def test_a_form_keeps_the_filters_and_the_window(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit()])
    address = "/?q=asyl&feed=via_ritzau&language=da&publisher=A%26B&thread=t&seen_since=2026-11-19T06:00:00Z&size=50"
    form = page(browser, address).xpath("//form[@role='search']")[0]
    kept = {field.get("name"): field.get("value") for field in form.xpath(".//input[@type='hidden']")}
    assert kept == {
        "feed": "via_ritzau",
        "language": "da",
        "publisher": "A&B",
        "thread": "t",
        "seen_since": "2026-11-19T06:00:00+00:00",
        "size": "50",
    }


def test_an_unknown_feed_keeps_its_name(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(feed="gone_feed")])
    assert "gone_feed" in links(page(browser, "/"), "//aside//li/a")


def test_many_values_unfold(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(n, publisher=f"Publisher {n}") for n in range(1, 12)])
    assert "3 more" in [words(summary) for summary in page(browser, "/").xpath("//aside//summary")]


def test_days_are_links_to_their_hits(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(1), hit(2), hit(3, published_at=SEEN_AT - timedelta(days=3))])
    found = page(browser, "/")
    bars = {words(link): link.get("href") for link in found.xpath("//figure//*[local-name()='a']")}
    assert bars["2 on 19 Nov 2026"] == "./?since=2026-11-19&until=2026-11-19"
    assert words(page(browser, f"/{bars['2 on 19 Nov 2026']}").find(".//h2[@id='found']")) == "2 hits"


def test_the_addresses_in_mails_are_understood(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(1), hit(2, **DOUBTFUL), hit(3, first_seen_at=SEEN_AT - timedelta(days=2))])
    window = "seen_since=2026-11-19T06%3A00%3A00Z&seen_until=2026-11-20T06%3A00%3A00Z"
    both = page(browser, f"/?q=asyl&{window}&decision=on_topic&decision=doubtful")
    assert words(both.find(".//h2[@id='found']")) == "2 hits"
    assert "First seen from 19 Nov 2026 07:00 to 20 Nov 2026 07:00" in words(both)
    assert browser.get(f"/hit/{hit(1).id}").status_code == 200
    assert browser.get(f"/?thread={hit(1).thread}").status_code == 200


def test_a_form_with_empty_fields_becomes_the_searchs_own_address(browser: TestClient) -> None:
    answer = browser.get("/?q=asyl&since=&until=&decision=on_topic&sort=newest")
    assert (answer.status_code, answer.headers["location"]) == (302, "./?q=asyl")
    assert browser.get("/?q=&since=").headers["location"] == "./"


# ---------------------------------------------------------------- pages


def test_pages_follow_one_another(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(n) for n in range(1, 46)])
    first = page(browser, "/?q=asyl")
    assert len(first.xpath("//article")) == 20
    last = page(browser, "/" + links(page(browser, "/" + links(first)["Next page →"]))["Next page →"])
    assert len(last.xpath("//article")) == 5
    assert "Page 3 of 3" in words(last)
    assert "Next page →" not in links(last)
    assert last.xpath("//ol[@class='results']")[0].get("start") == "41"


def test_beyond_the_last_page_there_is_a_way_back(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit()])
    assert links(page(browser, "/?page=9"))["Go to the first page."] == "./?"


def test_the_deepest_page_asked_of_the_index_is_bounded(browser: TestClient, index: FakeIndex) -> None:
    browser.get("/?page=100&size=100")
    browser.get("/?page=101&size=100")
    assert max(query.offset + query.size for query in index.asked) == 10_000


# ---------------------------------------------------------------- nothing found, and errors


def test_nothing_found_says_over_how_much_and_what_to_do(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(1), hit(2, **DOUBTFUL)])
    found = page(browser, "/?q=kamel&language=da")
    assert "None of the 2 hits on file matches." in words(found)
    assert links(found)["Search without the filters"] == "./?q=kamel"
    assert "Not every source could be read" in words(found)


def test_an_empty_index_is_not_an_error(browser: TestClient) -> None:
    assert "Nothing is on file yet." in words(page(browser, "/"))


def test_a_query_that_cannot_be_read_shows_the_place(browser: TestClient, index: FakeIndex) -> None:
    index.fails(QueryError("the bracket is not closed; add one", position=5))
    found = page(browser, "/?q=asyl+(visum", 400)
    assert words(found.find(".//*[@id='q-error']/p")) == "The bracket is not closed; add one."
    place = found.find(".//*[@id='q-error']//code")
    assert (place.text, place.find("mark").text, place.find("mark").tail) == ("asyl ", "(", "visum")
    assert found.find(".//input[@id='q']").get("aria-describedby") == "q-error"
    assert found.find(".//input[@id='q']").get("value") == "asyl (visum"


def test_a_query_that_breaks_off_shows_its_end(browser: TestClient, index: FakeIndex) -> None:
    index.fails(QueryError("a word is missing", position=99))
    place = page(browser, "/?q=asyl+OR", 400).find(".//*[@id='q-error']//code")
    assert (place.text, place.find("mark").text) == ("asyl OR", "␣")


def test_wrong_fields_are_told_together_and_nothing_is_asked(browser: TestClient, index: FakeIndex) -> None:
    found = page(browser, "/?since=x&sort=y&q=asyl", 400)
    errors = {error.get("id") for error in found.xpath("//p[@class='error']")}
    assert errors == {"since-error", "sort-error"}
    assert found.find(".//input[@id='since']").get("aria-invalid") == "true"
    assert index.asked == []


def test_how_the_sources_stand_is_told_beside_what_was_found(browser: TestClient, at: FakeRuntime) -> None:
    assert "0 of 3 sources are fresh." in words(page(browser, "/"))
    at.feed_names = []
    assert "No source is set up." in words(page(browser, "/"))


# ---------------------------------------------------------------- nothing of a source's runs here

HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>\u202e'


def test_hostile_texts_are_texts(browser: TestClient, index: FakeIndex) -> None:
    index.put([
        hit(
            title=HOSTILE,
            body=HOSTILE,
            evidence=(HOSTILE,),
            publisher=HOSTILE,
            form=HOSTILE,
            language=HOSTILE,
            feed=HOSTILE,
            url=f"javascript:alert(1)//{HOSTILE}",
            facets={HOSTILE: (HOSTILE,)},
            also=(HOSTILE,),
            classifier=HOSTILE,
            topic=HOSTILE,
        )
    ])
    for address in ("/", "/?q=script&publisher=<script>x</script>&thread=%22%3E%3Cscript%3E", f"/hit/{hit().id}"):
        answer = browser.get(address)
        found = markup.fromstring(answer.text)
        assert found.xpath("//script | //img | //iframe | //object") == []
        assert found.xpath("//@href[starts-with(translate(., 'JAVSCRIPT', 'javscript'), 'javascript')]") == []
        assert found.xpath("//@*[starts-with(name(), 'on')]") == []
        assert "\u202e" not in answer.text


@pytest.mark.parametrize("address", ["/?q={}", "/?publisher={}", "/?since={}", "/?sort={}", "/why?what={}", "/hit/{}"])
def test_what_is_asked_comes_back_as_text(address: str, browser: TestClient) -> None:
    answer = browser.get(address.format("%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E".replace("%2F", "|")))
    assert "<script" not in answer.text


def test_a_licence_that_allows_quotations_never_shows_more(browser: TestClient, index: FakeIndex) -> None:
    body = "\n\n".join(f"Afsnit {n} om asyl, som kun står hos udgiveren selv." for n in range(40))
    one = hit(licence=Licence.HEADLINE, body=body, evidence=(body[:48],))
    index.put([one])
    for address in ("/?q=asyl", f"/hit/{one.id}", "/search.rss", "/search.csv", "/search.json"):
        shown = browser.get(address).text
        assert len(re.findall(r"Afsnit \d+", re.sub(r"</?mark>", "", shown))) <= 3, address
