"""The European Parliament: press releases, and the questions, adopted texts and speeches of its open data.

**What and where.**
- *Press releases* in English: `https://www.europarl.europa.eu/rss/doc/press-releases/en.xml` (RSS 2.0, one sentence
  each); the pages are fetched. The key `20261117IPR47101` in the link is the same in all languages.
- *Questions and answers*: `/parliamentary-questions` of `https://data.europarl.europa.eu/api/v2`. The list has
  identifiers only, a detail the title in many languages and the files; the text is a PDF. Answers come weeks to months
  later, nested in their question: questions without one are asked for again in turn, and an answer is an entry of its
  own.
- *Adopted texts*: `/adopted-texts`, in the same way; its list has each text whole.
- *Speeches* and written statements: `/speeches`, whose text comes as XML, the speaker in it. It is there some hours to
  days after the speech; until then a speech is asked for again.

**Languages.** Documents are read in their original language, in English where the original is one that is not watched
(bg, cs, el, ga, hr, hu, mt, pt, ro, sk, sl). Speeches are taken in the speaker's own words; the 23 others are
machine translations, marked `hu-t-en-mtec`, and are not taken.

**Rhythm.** Each poll lists what there is and asks for what is new, newest first, 50 questions, 25 adopted texts and 100
speeches at most; the rest waits for the next poll. The first poll takes the newest of a list and counts the others as
seen. The list of questions is by year; that of last year is read until the end of March. Speeches of the last five days
and texts of the last three weeks are listed every two hours, or at once while some wait: those lists are large.

**Quirks.** www.europarl.europa.eu answers scripts with an AWS WAF challenge at times, or with HTML in place of the
feed: reported, never evaded. The API answers 204 where there is nothing, sometimes 200 with an error or with nothing
inside, and takes up to two minutes for a list; without an `Accept` header it answers RDF/XML. Values are a string, a
list or an object. Several ids in one address work; where they are refused, they are asked for one by one. Its limit is
500 requests in five minutes for an endpoint; some ten in a few seconds were seen to be cut off, so a second is left
between two. Each part fails for itself: its problem is reported while the others go on.

**Silence.** Press releases come on most weekdays, but Parliament rests in August, at Christmas and at Easter, and then
only some questions are published: 120 hours on weekdays, 240 over a weekend.

**Terms.** Open data: CC BY 4.0. Press releases: reuse with acknowledgement. RSS shape recorded on 2026-07-28, the API's
own description read in 2026, documents recorded in 2025; speeches and batches from third parties' code of 2026.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from articles.errors import SourceError
from articles.model import Entry, Licence
from articles.ports import Cursor, Exchange, Feed, Occasion, Polled, Request, Silence
from feeds import _answers, _epparts, _eprecords, _rss
from feeds._epparts import Part, State
from feeds._time import BRUSSELS

_PRESS = "https://www.europarl.europa.eu/rss/doc/press-releases/en.xml"
_KEY = re.compile(r"\d{8}IPR\d+")


def poll(cursor: Cursor, occasion: Occasion) -> Exchange[Polled]:
    """All parts, each for itself; raises where none could be read."""
    found: list[Part] = []
    faults: list[SourceError] = []
    for part in _PARTS:
        try:
            found.append((yield from part(cursor.state, occasion.now)))
        except SourceError as error:
            faults.append(error)
    if not found:
        raise faults[0]
    state = dict(cursor.state)
    for brought in found:
        state |= brought.state
    return Polled(
        entries=tuple({entry.guid: entry for brought in found for entry in brought.entries}.values()),
        rejected=tuple(rejected for brought in found for rejected in brought.rejected),
        cursor=Cursor(state=state),
        problems=(*(problem for brought in found for problem in brought.problems), *map(_answers.problem, faults)),
    )


def _press(_state: State, _now: datetime) -> Exchange[Part]:
    answer = yield Request(url=_PRESS, accept="application/rss+xml, application/xml;q=0.9, text/xml;q=0.8")
    if answer.unchanged:
        return Part()
    listing = _rss.read(answer, BRUSSELS)
    entries = tuple(_release(item) for item in listing.items)
    return Part(entries=entries, rejected=listing.rejected, problems=listing.problems)


def _release(item: _rss.Item) -> Entry:
    key = _KEY.search(item.link)
    return Entry(
        feed="europarl",
        guid=key[0] if key else item.guid,
        url=item.link,
        title=item.title,
        summary=item.summary,
        published_at=item.published_at,
        published_raw=item.published_raw,
        language=item.language or "en",
        licence=Licence.OPEN,
        publisher=_eprecords.PUBLISHER,
        form="press release",
        keywords=item.keywords,
        note="" if item.published_at else "the list gives no date that can be read",
    )


_PARTS: Sequence[Callable[[State, datetime], Exchange[Part]]] = (
    _press,
    _epparts.questions,
    _epparts.texts,
    _epparts.speeches,
)

FEED = Feed(
    name="europarl",
    title="European Parliament",
    poll=poll,
    schedule="*/30 * * * *",
    silent_after=Silence(working_hours=timedelta(hours=120), weekend=timedelta(hours=240)),
    licence=Licence.OPEN,
    homepage="https://www.europarl.europa.eu/news/en/press-room",
    dossier=__doc__ or "",
)
