"""Every address that a digest names is a page here."""

from __future__ import annotations

import re
from datetime import date

from lxml import html as markup
from starlette.testclient import TestClient

from articles.model import Decision
from articles.ports import Recipient
from digests.compose import compose, window
from tests.portal.conftest import PORTAL, FakeIndex, hit, words


def test_every_link_of_a_digest_leads_to_a_page(browser: TestClient, index: FakeIndex) -> None:
    hits = [hit(n) for n in range(1, 60)] + [hit(100 + n, thread="t", url="") for n in range(9)]
    hits += [hit(200 + n, decision=Decision.DOUBTFUL, score=0.5) for n in range(15)]
    index.put(hits)
    day = date(2026, 11, 20)
    reader = Recipient(name="Asylvagten", address="vagt@example.org", queries={"Asyl": "asyl", "Fronten": "fronten"})
    matches = [(one, ["Asyl"]) for one in hits]
    digest = compose(reader, day, window(day), matches, (), PORTAL, sender="digest@example.org")
    inner = {link for link in markup.fromstring(digest.html).xpath("//@href") if link.startswith(PORTAL)}
    inner |= {link.rstrip(".,)>") for link in re.findall(rf"{re.escape(PORTAL)}\S*", digest.text)}
    kinds = {re.sub(r"=[^&]*", "", link.removeprefix(PORTAL).split("/hit/")[0]) for link in inner}
    assert {"/?thread", "/?q&seen_since&seen_until&decision"} <= kinds
    for link in sorted(inner):
        answer = browser.get(link.removeprefix(PORTAL) or "/")
        assert answer.status_code == 200, link
    (doubtful,) = [link for link in inner if link.endswith("decision=doubtful")]
    found = markup.fromstring(browser.get(doubtful.removeprefix(PORTAL)).text)
    assert "First seen from 19 Nov 2026 07:00 to 20 Nov 2026 07:00" in words(found)
