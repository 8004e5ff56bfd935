from __future__ import annotations

from articles.model import Article, Entry, Text
from pipeline import threads

WIRE = """Et flertal i Folketinget vil have regeringen til at åbne en særlig indgang for russiske soldater, der lægger
våbnene.

- Vi skylder dem et svar, siger partiets udlændingeordfører til Ritzau.

Ministeren vil ikke love noget, før sagen har været drøftet med de øvrige EU-lande ved rådsmødet i december.

/ritzau/"""

REWRITE = """Politikere vil hjælpe russere, der flygter fra fronten, skriver Ritzau.

Ministeren vil ikke love noget, før sagen har været drøftet med de øvrige EU-lande ved rådsmødet i december.

Det er kun få uger siden, at et lignende forslag blev stemt ned i Sverige, hvor regeringen frygter infiltration."""

OTHER = """Kommunen vil bygge en ny svømmehal ved havnen, og flertallet i byrådet har afsat penge til den i budgettet
for næste år. Borgmesteren vil ikke love noget om åbningsdatoen, før entreprenøren er fundet ved udbuddet i december."""


def article(guid: str, body: str) -> Article:
    text = Text(title="", body=body, language="da", extractor="web/1")
    return Article(entry=Entry(feed="f", guid=guid, url="", title=""), text=text)


def test_a_rewrite_belongs_to_the_wires_thread_and_other_news_does_not() -> None:
    wire, rewrite, other = article("1", WIRE), article("2", REWRITE), article("3", OTHER)
    assert threads.thread_of(rewrite, [threads.story(wire)]) == wire.id
    assert threads.thread_of(other, [threads.story(wire), threads.story(rewrite)]) == other.id


def test_the_thread_is_the_first_hits_even_through_a_middleman() -> None:
    middle = threads.Story("first", threads.runs(WIRE))
    assert threads.thread_of(article("2", REWRITE), [middle]) == "first"


def test_a_few_words_are_no_story() -> None:
    flash = article("1", "Russisk soldat får asyl i dag")
    assert threads.thread_of(flash, [threads.Story("x", threads.runs("Russisk soldat får asyl i dag"))]) == flash.id
    assert threads.thread_of(article("9", ""), []) == article("9", "").id
