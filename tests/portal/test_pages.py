"""One hit, why, the feeds."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

import topics
from articles.model import Decision, Licence, Problem, Stage, State, Status
from articles.ports import Polled, Rejected
from tests.portal.conftest import SEEN_AT, FakeIndex, FakeRuntime, Life, hit, links, page, words

# ---------------------------------------------------------------- one hit


def test_a_hit_is_shown_whole_with_its_evidence_marked(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(facets={"asks": ("asylum", "visa")}, also=("Berlingske (Print)",), version=3)])
    found = page(browser, f"/hit/{hit().id}")
    assert [words(part) for part in found.xpath("//div[@class='text']/p")] == hit().body.split("\n\n")
    assert [mark.text for mark in found.xpath("//mark")] == [*hit().evidence]
    shown = words(found)
    assert not found.xpath("//aside//details")
    for said in ("lexicon/1a2b3c4d", "97 %", "asylum, visa", "Berlingske (Print)", "Version 3"):
        assert said in shown
    assert links(found)["How it came here, and its versions"] == f"../why?what={hit().id}"


GROUNDED = {
    "facets": {
        "terms": ("desertør", "asyl"),
        "who": ("draft_evader", "soldier"),
        "level": ("dk", "other"),
        "x_y": ("z",),
    },
    "grounds": {
        "who/soldier": ("En russisk soldat <b>flygtede</b>.", "Han er soldat."),
        "level/dk": ("Nævnet har truffet en afgørelse.", " "),
    },
}


def facets(browser: TestClient) -> dict[str, list[str]]:
    """What the page says of each facet, a string a value."""
    found = page(browser, f"/hit/{hit().id}")
    rows = found.xpath("//section[@aria-labelledby='verdict']//dl/div")
    return {words(row.find("dt")): [words(part) for part in row.xpath(".//li") or row.xpath("dd")] for row in rows}


def test_a_facet_shows_the_sentences_it_rests_on(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(**GROUNDED)])
    shown = facets(browser)
    assert list(shown)[-4:] == ["Who", "Debate in", "Words", "X y"]
    unfolded = ": the sentence it rests on"
    assert shown["Who"] == ["draft evader", f"soldier{unfolded} En russisk soldat <b>flygtede</b>. Han er soldat."]
    assert shown["Debate in"] == [f"Denmark{unfolded} Nævnet har truffet en afgørelse.", "another country"]
    assert (shown["Words"], shown["X y"]) == (["desertør, asyl"], ["z"])


@pytest.mark.parametrize(
    ("changes", "quoted"),
    [
        ({"licence": Licence.HEADLINE}, 1),
        ({"licence": Licence.SUBSCRIBER}, 2),
        ({"licence": Licence.HEADLINE, "status": Status.WITHDRAWN}, 1),
        ({"licence": Licence.HEADLINE, "first_seen_at": SEEN_AT - timedelta(days=91)}, 0),
        ({"licence": Licence.SUBSCRIBER, "first_seen_at": SEEN_AT - timedelta(days=731)}, 0),
    ],
)
def test_of_a_facet_is_quoted_what_the_licence_allows(
    changes: dict[str, Any], quoted: int, browser: TestClient, index: FakeIndex
) -> None:
    index.put([hit(**GROUNDED | changes)])
    shown = " ".join(facets(browser)["Who"])
    assert "soldier" in shown
    assert sum(sentence in shown for sentence in ("flygtede", "Han er soldat.")) == quoted


def test_a_long_sentence_under_a_facet_is_cut(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(facets={"who": ("soldier",)}, grounds={"who/soldier": ("ord " * 400,)})])
    assert len(facets(browser)["Who"][0]) < 400


def test_a_hit_whose_licence_allows_quotations_is_quoted(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(licence=Licence.HEADLINE)])
    found = page(browser, f"/hit/{hit().id}")
    assert words(found.find(".//blockquote")) == hit().evidence[0]
    assert "Nævnet har truffet" not in words(found)
    assert "Read the rest at the source." in words(found)


def test_a_withdrawn_hit_can_be_looked_up_with_a_warning(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(status=Status.WITHDRAWN)])
    found = page(browser, f"/hit/{hit().id}")
    assert "Do not use it." in words(found.find(".//p[@class='warning']"))
    assert found.xpath("//div[@class='text']")


def test_the_thread_is_listed_beside_the_hit(browser: TestClient, index: FakeIndex) -> None:
    index.put([hit(n, thread="t", title=f"Titel {n}") for n in (1, 2, 3)])
    found = page(browser, f"/hit/{hit(2).id}")
    assert words(found.find(".//h2[@id='thread']")) == "2 others tell this story"
    assert {"Titel 1", "Titel 3"} <= set(links(found))
    assert links(found)["Titel 1"] == f"../hit/{hit(1).id}"


def test_a_hit_that_is_gone_says_where_to_look(browser: TestClient) -> None:
    found = page(browser, "/hit/0123", 404)
    assert links(found)["See where the item is now"] == "../why?what=0123"


# ---------------------------------------------------------------- why


def test_an_item_that_no_feed_listed(browser: TestClient) -> None:
    found = page(browser, "/why?what=https://nowhere.example.org/1", 404)
    assert "Not on file" in words(found)
    assert "No feed has listed it" in words(found)


def test_without_a_question_there_is_only_the_form(browser: TestClient) -> None:
    assert page(browser, "/why").find(".//input[@id='what']").get("value") == ""


def test_an_item_on_its_way(browser: TestClient, life: Life) -> None:
    life.listed()
    found = page(browser, "/why?what=https://news.example.org/g1?utm_source=x")
    assert "On its way: listed by the source, its text is not read yet." in words(found)
    assert [step.get("class") for step in found.xpath("//ol[@class='steps']/li")] == ["done", *["open"] * 4]


def test_an_item_that_was_judged_off_topic_says_its_score(browser: TestClient, life: Life) -> None:
    article = life.listed()
    life.moved(life.judged(article, Decision.OFF_TOPIC, 0.124), State.CLASSIFIED, None)
    shown = words(page(browser, "/why?what=g1"))
    assert "Not a hit: it was judged off topic." in shown
    assert "off topic, 12 %, by lexicon/1" in shown
    assert "5 words of" not in shown
    assert "4 words of Danish, by web/1" in shown


def test_a_hit_leads_to_its_page(browser: TestClient, life: Life) -> None:
    article = life.listed()
    due = life.moved(life.judged(article, Decision.ON_TOPIC, 0.9), State.CLASSIFIED, Stage.INDEX)
    assert "goes into the search index with the next run" in words(page(browser, f"/why?what={article.id}"))
    life.moved(due, State.INDEXED, None, thread=article.id)
    found = page(browser, f"/why?what={article.id}")
    assert links(found)["Open the hit"] == f"./hit/{article.id}"


def test_an_item_in_quarantine_says_what_was_wrong(browser: TestClient, life: Life) -> None:
    article = life.listed()
    problem = Problem(
        stage="fetch",
        kind="too_large",
        detail="https://news.example.org/g1: has more than 10 MB; <b>raise</b> the limit",
    )
    life.at.ledger.quarantine(article, problem, worker="anna", now=life.now)
    found = page(browser, "/why?what=g1")
    assert "In quarantine: it could not be handled." in words(found)
    assert words(found.find(".//p[@class='warning']")) == "has more than 10 MB; <b>raise</b> the limit"
    assert "Fetched failed: too large" in words(found)
    assert [code.text for code in found.xpath("//article/p/code")] == ["defectorwatch retry"]
    assert [step.get("class") for step in found.xpath("//ol[@class='steps']/li")] == ["done", "failed", *["none"] * 3]


def test_an_item_that_is_tried_again_says_when(browser: TestClient, life: Life) -> None:
    article = life.listed()
    problem = Problem(stage="fetch", kind="unreachable", detail="no answer")
    life.at.ledger.retry(article, problem, at=life.now + timedelta(hours=1), worker="anna", now=life.now)
    assert "Tried 1 time; it is tried again. Next time: 20 Nov 2026 07:45." in words(page(browser, "/why?what=g1"))


def test_a_copy_leads_to_what_it_is_a_copy_of(browser: TestClient, life: Life) -> None:
    first = life.listed("g1")
    second = life.listed("g2")
    life.moved(second, State.DUPLICATE, None, duplicate_of=first.id)
    found = page(browser, "/why?what=g2")
    assert links(found)["See the item it is a copy of"] == f"./why?what={first.id}"


def test_earlier_versions_are_listed(browser: TestClient, life: Life) -> None:
    life.listed("g1", title="Før")
    life.listed("g1", title="Efter", version=2, status=Status.CORRECTION)
    found = page(browser, "/why?what=g1")
    assert words(found.find(".//h2[@id='life-1']")) == "Efter"
    assert [words(row) for row in found.xpath("//tbody/tr")] == ["1 Før 20 Nov 2026 06:45 new no"]


def test_a_question_that_is_too_long_is_refused(browser: TestClient) -> None:
    assert "at most 2,000 characters" in words(page(browser, "/why?what=" + "a" * 2001, 400))


def test_a_null_character_is_no_question(browser: TestClient) -> None:
    assert browser.get("/why?what=%00").status_code == 200


# ---------------------------------------------------------------- feeds


def test_feeds_that_are_not_fresh_come_first_with_their_problem(browser: TestClient, life: Life) -> None:
    life.listed()
    problem = Problem(stage="poll", kind="challenged", detail="sent a challenge page; ask for access")
    life.at.ledger.record_failed_poll("ritzau_wire", problem, now=life.now)
    life.at.ledger.record_poll("via_ritzau", Polled(), {}, now=life.now)
    found = page(browser, "/feeds")
    assert words(found.find(".//p[@class='lead']")).startswith("2 of 3 feeds are fresh.")
    rows = [words(row) for row in found.xpath("//tbody/tr")]
    assert rows[0].startswith("Ritzaus newswire ritzau_wire ▲ sent a challenge page; ask for access 20 Nov 2026 06:45")
    assert rows[1].startswith("Politiken politiken ● Fresh")


def test_every_item_is_counted_in_one_state(browser: TestClient, life: Life) -> None:
    article = life.listed("g1")
    life.moved(life.judged(article, Decision.OFF_TOPIC, 0.1), State.CLASSIFIED, None)
    life.listed("g2")
    found = page(browser, "/feeds")
    totals = {cell.get("data-name"): words(cell) for cell in found.xpath("//tfoot//td[@data-name]")}
    assert totals == {
        "hits": "·",
        "off topic": "1",
        "copies": "·",
        "older versions": "·",
        "quarantined": "·",
        "under way": "1",
    }
    assert "Waiting: 1 to fetch, 0 to extract, 0 to classify, 0 to index." in words(found)


def notice(browser: TestClient) -> str:
    found = page(browser, "/feeds").find(".//p[@class='notice']")
    return "" if found is None else words(found)


def test_verdicts_of_another_classifier_are_told(browser: TestClient, life: Life) -> None:
    assert notice(browser) == ""
    life.hit("g1")
    assert notice(browser) == ""
    life.at.classifier.name = "lexicon/2"
    assert notice(browser) == (
        "For operators: 1 article was judged by another classifier (lexicon/1) than lexicon/2; "
        "run defectorwatch reclassify."
    )


def test_a_classifier_that_does_not_load_is_told_without_its_folder(
    browser: TestClient, life: Life, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    del life.at.classifier
    life.at.topic = topics.read(written(tmp_path / "bees"))
    assert notice(browser) == "", "nothing is judged, so nothing is loaded"
    life.hit("g1")
    assert notice(browser) == "For operators: the classifier cannot be loaded; the log of the portal says why."
    assert "glossary.toml: cannot be read" in caplog.text


def written(folder: Path) -> Path:
    folder.mkdir()
    cut = "[thresholds.lexicon]\ndoubtful = 0.2\non_topic = 0.5\n"
    (folder / "topic.toml").write_text(f'title = "Bees"\nclassifier = "lexicon"\n{cut}', encoding="utf-8")
    return folder


def test_what_is_in_quarantine_is_listed_with_its_cause(browser: TestClient, at: FakeRuntime, now: datetime) -> None:
    problem = Problem(stage="poll", kind="malformed", detail="has no id")
    rejected = Rejected(guid="r1", raw="<item/>", problem=problem)
    at.ledger.record_poll("politiken", Polled(rejected=(rejected,)), {}, now=now)
    section = page(browser, "/feeds").find(".//section[@aria-labelledby='quarantine']")
    assert section is not None
    assert "Politiken · poll: has no id" in words(section)
    (address,) = links(section).values()
    assert "failed" in browser.get(f"/{address}").text
