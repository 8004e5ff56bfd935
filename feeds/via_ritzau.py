"""Via Ritzau: press releases of ministries, parties, associations and firms, and the short messages of the police.

**Where.** Three lists of `via.ritzau.dk`, public and free: `json/v2/releases` (the texts), `rss/releases/latest` (25
pointers without sender) and `rss/short-messages/latest` (police and prosecutors). A release that stands in the RSS
alone, and every short message, gets its page fetched. A list that fails is told while the others are read.

**Format.** JSON v2 as documented by the bureau: `id`, `title`, `url`, `leadtext` and `body` in HTML, `keywords`,
`published` with an offset, `publisher.id` and `.name`. Addresses are documented as absolute and were seen relative. A
description that goes about (`headline`, `publishedAt`, `query=`) is wrong. RSS: `guid` is the address, short messages
end in `#sm-<number>` and have no description; dates in GMT.

**Identity.** The number of the release, which stands in `id`, in the path, in `releaseId=` of older addresses and in
`#sm-`. Never the title: three of twenty were alike. No updates or withdrawals are documented; the same number with
other wording is the next version. A release that came with its text is not taken from the RSS again, so that a change
after it has left the JSON list is not seen.

**Language.** Texts in Greenlandic and English stand under `lang=da`: the text decides.

**Rhythm.** Read every ten minutes. Releases come in office hours, many on the hour; the police write at night and at
weekends too. Twelve hours without an item on a weekday, a day at a weekend, are too long. ETag and Last-Modified: not
known; they are sent back where they come.

**Terms.** Releases are sent out to be published. Images are not free, contacts are persons: neither is read. No terms
for the lists themselves were found.

Observed 2026-06 to 2026-10 (documentation, recorded answers, notes of other readers); RSS with 25 items on 2026-09-15.
"""

from __future__ import annotations

from datetime import timedelta

from articles.ports import Silence
from feeds._ritzau_press import press_service

HOST = "via.ritzau.dk"

FEED = press_service(
    "via_ritzau",
    HOST,
    title="Via Ritzau, press releases",
    language="da",
    schedule="*/10 * * * *",
    silent_after=Silence(working_hours=timedelta(hours=12), weekend=timedelta(hours=24)),
    dossier=__doc__ or "",
)
