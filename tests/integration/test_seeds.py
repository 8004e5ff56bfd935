"""The two texts that the project began with, through the whole pipeline: as a wire item and as a press release.

Their words are not part of the project; they are read from beside the checkout.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from articles.model import Article
from articles.ports import Query
from pipeline import steps
from pipeline.runtime import Runtime
from pipeline.settings import Settings
from tests.pipeline.conftest import FakeSource

WIRE = "/services.ritzau.dk/ritzaurest/Services.svc/xml/news"
EMPTY_QUEUE = b"""<?xml version="1.0"?><XMLNewsQueuedResponse xmlns="http://tempuri.org/"><XMLNewsQueuedResult>
<error xmlns="">0</error><errormsg xmlns=""/><ListOfRBNews xmlns=""/></XMLNewsQueuedResult></XMLNewsQueuedResponse>"""


def seed(shared: Path, number: str) -> list[str]:
    path = next((shared / "seeds").glob(f"{number}_*.txt"))
    words = path.read_text(encoding="utf-8").strip()
    if words.startswith("date "):
        words = words.split(" ", 2)[2]  # a note on the month stands before the text
    return [part.strip() for part in words.split("\n\n") if part.strip()]


def queue_of(paragraphs: list[str]) -> bytes:
    content = html.escape("".join(f"<p>{html.escape(part, quote=False)}</p>" for part in paragraphs))
    return f"""<?xml version="1.0" encoding="utf-8"?>
<XMLNewsQueuedResponse xmlns="http://tempuri.org/"><XMLNewsQueuedResult><error xmlns="">0</error><errormsg xmlns=""/>
<ListOfRBNews xmlns=""><RBNews><NewsID>b5342fc2-b3e1-4331-ab2b-5e93e0d59427</NewsID>
<PublishDate>2022-03-21T06:30:00.00</PublishDate><strapline>NET/UDLAND</strapline>
<headline>Partier vil hjælpe russere, der bryder ud</headline><origin>/ritzau/</origin><version>1</version>
<format>Net</format><content>{content}</content><ServiceQueueId>77</ServiceQueueId></RBNews></ListOfRBNews>
</XMLNewsQueuedResult></XMLNewsQueuedResponse>""".encode()


def releases_of(title: str, paragraphs: list[str]) -> bytes:
    release = {
        "id": 4711,
        "title": title,
        "url": "/pressemeddelelse/4711/mechanism?publisherId=1&lang=en",
        "leadtext": "",
        "body": "".join(f"<p>{html.escape(part)}</p>" for part in paragraphs),
        "keywords": [],
        "published": "2022-10-05T10:00:00+02:00",
        "publisher": {"id": 1, "name": "A member of the European Parliament"},
    }
    return json.dumps({"releases": [release]}).encode()


@pytest.fixture
def runtime(shared: Path, tmp_path: Path) -> Iterator[Runtime]:
    fake = FakeSource()
    wire, press = seed(shared, "000"), seed(shared, "004")
    left = [queue_of(wire)]
    fake.does(f"{WIRE}/NewsQueue", lambda _: (200, {"Content-Type": "text/xml"}, left[0] if left else EMPTY_QUEUE))
    fake.does(f"{WIRE}/QueueAcknowledge", lambda _: (200, {}, left.clear() or b"<ok/>"))
    json_type = {"Content-Type": "application/json"}
    fake.does("/via.ritzau.dk/json/v2/releases", lambda _: (200, json_type, releases_of(press[0], press[1:])))
    feed = b'<rss version="2.0"><channel><title>t</title></channel></rss>'
    for name in ("releases", "short-messages"):
        fake.gives(f"/via.ritzau.dk/rss/{name}/latest", feed, Content_Type="application/rss+xml")
    at = Runtime(Settings(var=tmp_path, replay_url=fake.url, pause_s=0, ritzau_wire_user="u", ritzau_wire_password="p"))
    for name in ("ritzau_wire", "via_ritzau"):
        steps.poll(name, runtime=at)
    for step in (steps.fetch, steps.extract, steps.classify, steps.index):
        step(runtime=at)
    assert left == [], "the wire was not acknowledged"
    fake.stop()
    yield at
    at.close()


def only_hit(at: Runtime, feed: str) -> Article:
    [hit] = [article for article in at.ledger.hits() if article.entry.feed == feed]
    return hit


def evidence(article: Article) -> str:
    assert article.text is not None
    assert article.verdict is not None
    return " ".join(article.text.body[span.start : span.end] for span in article.verdict.evidence)


def test_both_are_hits_with_the_sentences_that_carry_them(runtime: Runtime) -> None:
    wire, press = only_hit(runtime, "ritzau_wire"), only_hit(runtime, "via_ritzau")
    assert "soldat" in evidence(wire)
    assert any(word in evidence(wire) for word in ("asyl", "velkommen", "tage imod", "udlændingelovgivning"))
    assert any(word in evidence(press) for word in ("defectors", "deserters", "conscription", "Russian soldiers"))
    assert any(word in evidence(press) for word in ("asylum", "mechanism", "safety"))
    assert wire.text is not None
    assert wire.text.language == "da"
    assert "/ritzau/" not in wire.text.body
    assert press.text is not None
    assert press.text.language == "en"


def test_both_are_found_by_a_search(runtime: Runtime) -> None:
    assert runtime.index.search(Query(text="embedsmand")).total == 1
    assert runtime.index.search(Query(text="dissident")).total == 1
    assert runtime.index.search(Query(text="asyl OR asylum")).total == 2
