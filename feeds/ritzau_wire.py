"""The newswire of Ritzaus Bureau, for subscribers: a queue with acknowledgement. Some 350 items a day, 130,000 a year.

**Where.** `NewsQueue` of `services.ritzau.dk/ritzaurest/Services.svc/xml/news` hands out up to 50 items that were not
acknowledged; `QueueAcknowledge` takes one off by its `ServiceQueueId`. User and password of the contract travel in the
query (`DEFECTORWATCH_RITZAU_WIRE_USER`, `DEFECTORWATCH_RITZAU_WIRE_PASSWORD`) and stand in no log, error or archived
address of ours. An item is acknowledged after the ledger has it; a crash between the two makes it come again, and it is
known. No public documentation was found: what is known is an open newsroom system's connector and its recorded answers
of 2018. Whether the service still runs in this form is not known.

**Format.** WCF-style XML. `error` other than 0 is a failure, with HTTP 200. Root and children are in different
namespaces, and nil is sometimes misspelt, so names count without namespace and an empty field is nil.

**Fields.** `NewsID` is the identity. `PublishDate` is Danish time without a zone: in the hour that comes twice in
October the earlier one is taken, with a note. `Annuleret` is a withdrawal, `Korrektion` a correction, `NyVersion` a
rewriting; `replacedID` names the item that is replaced, and so does `Replaces` where it holds a `NewsID`. No recorded
answer has any of these set: how they are read is our construction, and a value that is not understood becomes a note
of the entry. A Flash has no headline; its first words serve. The same story comes as Flash, Net and Print, and copies
are told by their wording. `origin` "Via Ritzau" is a paid press release: escaped up to three deep, with UTF-8 read as
Latin-1, often in English. `IPTCList` has lost its leading zeros and is not read, nor is `InfoFlash`, whose meaning is
not known.

**Left out.** `TilRedaktionen` is for editors only, and name, mail and telephone of the reporter are theirs: they are
dropped where the XML is read and are in no entry, nor in an item that is kept in quarantine. The archive keeps answers
as they came.

**Rhythm.** Read every five minutes: a flash is worth little an hour later, and an empty queue costs one small answer.
The bureau never closes; four hours without an item on a weekday, eight at a weekend, mean that the queue is broken.

**Terms.** A subscription. Texts are for those inside the contract and are kept two years.

Observed 2018 to 2021 (recorded answers, connector), compiled October 2026.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from articles.errors import Malformed, Refused, SourceError, SourceFault, Unreachable
from articles.model import Entry, Licence, Problem, Status
from articles.ports import Cursor, Exchange, Feed, Occasion, Polled, Rejected, Request, Silence
from feeds import _answers, _html, _ritzau_xml, _time
from feeds._ritzau_xml import Envelope, Item

NAME = "ritzau_wire"
SERVICE = "https://services.ritzau.dk/ritzaurest/Services.svc/xml/news"
_SECRETS = ("user", "password")
_ACCEPT = "text/xml, application/xml;q=0.9"
_AT_ONCE = "50"  # the number that the known connector asks for; whether more are given is not known
_PATIENCE = 3  # acknowledgements in a row without any answer; the rest comes again with the next poll
_MOST_UNKNOWN = 20

_ENVELOPE = frozenset({"XMLNewsQueuedResponse", "XMLNewsQueuedResult", "error", "errormsg", "ListOfRBNews", "RBNews"})
_READ = frozenset({
    *("NewsID", "PublishDate", "strapline", "headline", "subtitle", "origin", "version", "Replaces", "replacedID"),
    *("format", "content", "Annuleret", "NyVersion", "Korrektion", "Status", "ServiceQueueId"),
})
_PASSED_OVER = frozenset({
    *("Topstory", "town", "sectionID", "section", "sectionShort", "formatID", "HistID", "Priority", "IPTCList"),
    *("MultimedieList", "ISIN", "Related", "InfoFlash", "SubjectKeyword", "TopWeb", "Companies", "ContentShort"),
})
_KNOWN = _ENVELOPE | _READ | _PASSED_OVER | _ritzau_xml.PRIVATE

_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"[0-9]{1,9}")
_CHANNELS = frozenset({"NET", "NU", "PRINT"})  # a strapline begins with them; the format says the same
_NOT_SET = frozenset({"", "0", "-1", "false", "00000000-0000-0000-0000-000000000000"})
_FLAGS = frozenset({"true", "false", "1", "0", ""})
_LOGIN = re.compile(r"user|password|login|credential|bruger|adgang|access|unauthori[sz]ed", re.IGNORECASE)


def poll(cursor: Cursor, occasion: Occasion) -> Exchange[Polled]:
    """One handful of the queue, oldest first. The steps read again until nothing new comes."""
    secrets = _credentials(occasion)
    answer = yield Request(
        url=f"{SERVICE}/NewsQueue",
        params={"maksAntal": _AT_ONCE, "waitAcknowledge": "true"},
        secret_params=secrets,
        accept=_ACCEPT,
        conditional=False,
    )
    found = _ritzau_xml.read(answer)
    _raise_error(found, answer.url, secrets)
    if not found.listed:
        raise Malformed("answers with XML that is no queue of news; look at it by hand", subject=answer.url)
    read = [_entry(item) for item in found.items]
    return Polled(
        entries=tuple(item for item in read if isinstance(item, Entry)),
        rejected=tuple(item for item in read if isinstance(item, Rejected)),
        problems=_problems(found, answer.url),
        cursor=cursor,
        unknown_fields=tuple(sorted(found.names - _KNOWN)[:_MOST_UNKNOWN]),
    )


def acknowledge(receipts: Sequence[str], occasion: Occasion) -> Exchange[None]:
    """Takes the items off the queue, one request each. One that fails does not stop the rest; at the end it raises."""
    secrets = _credentials(occasion)
    wanted = list(dict.fromkeys(receipts))
    failures: list[SourceError] = []
    done = silent = 0
    for receipt in wanted:
        try:
            yield from _acknowledge(receipt, secrets)
            done, silent = done + 1, 0
        except SourceError as error:
            failures.append(error)
            silent = silent + 1 if isinstance(error, Unreachable) else 0
        if silent == _PATIENCE:
            break
    if failures:
        first = failures[0]
        why = f"{len(wanted) - done} of {len(wanted)} items were not acknowledged and come again: {first.detail}"
        raise type(first)(why, subject=first.subject)


def _acknowledge(receipt: str, secrets: Mapping[str, str]) -> Exchange[None]:
    """What a good answer looks like is not known: it must not be a web page, nor say that there is an error."""
    answer = yield Request(
        url=f"{SERVICE}/QueueAcknowledge",
        params={"servicequeueid": receipt},
        secret_params=secrets,
        accept=_ACCEPT,
        conditional=False,
    )
    if answer.body.strip():
        _raise_error(_ritzau_xml.read(answer), answer.url, secrets)


def _credentials(occasion: Occasion) -> dict[str, str]:
    missing = [name for name in _SECRETS if not occasion.secrets.get(name)]
    if missing:
        variables = " and ".join(f"DEFECTORWATCH_{NAME.upper()}_{name.upper()}" for name in missing)
        raise Refused(f"needs a contract's login; set {variables}", subject=SERVICE)
    return {name: occasion.secrets[name] for name in _SECRETS}


def _raise_error(found: Envelope, url: str, secrets: Mapping[str, str]) -> None:
    if found.error in {"", "0"}:
        return
    said = found.message
    for secret in secrets.values():
        said = said.replace(secret, "…")
    told = f"error {found.error[:20]}, {_html.beginning(said, 200) or 'without a word'}"
    if _LOGIN.search(said):
        names = " and ".join(f"DEFECTORWATCH_{NAME.upper()}_{name.upper()}" for name in _SECRETS)
        raise Refused(f"refuses the login ({told}); check {names}", subject=url)
    raise SourceFault(f"answers 200 with an error inside ({told}); it is tried again", subject=url)


def _problems(found: Envelope, url: str) -> tuple[Problem, ...]:
    if not found.fault:
        return ()
    whole = sum(1 for item in found.items if not item.fault)
    fault = Malformed(
        f"is broken XML ({found.fault}); {whole} whole items were read, what is cut off comes again", subject=url
    )
    return (_answers.problem(fault),)


# ---------------------------------------------------------------- one item


def _entry(item: Item) -> Entry | Rejected:
    guid = _identity(item["NewsID"])
    if item.fault:
        return _rejected(item, guid, f"is broken XML ({item.fault}); ask the bureau for it")
    if not guid:
        return _rejected(item, guid, "has no NewsID; look for it in the bureau's own list")
    paid = item["origin"].lower() == "via ritzau"
    mended = _mojibake_mended if paid else str
    earlier = _earlier(item)
    return Entry(
        feed=NAME,
        guid=guid,
        url="",
        title=_html.line(mended(item["headline"])),
        version=int(item["version"]) if _NUMBER.fullmatch(item["version"]) else 1,
        replaces=earlier if earlier != guid else "",
        status=_status(item),
        summary=_html.line(mended(item["subtitle"])),
        body_html=_html.html(mended(item["content"])),
        published_at=_time.instant(item["PublishDate"], _time.COPENHAGEN),
        published_raw=_html.line(item["PublishDate"]),
        language="" if paid else "da",
        licence=Licence.SUBSCRIBER,
        extractor="wire",
        publisher="Via Ritzau" if paid else "Ritzau",
        form=_html.line(item["format"]),
        keywords=_keywords(item["strapline"]),
        receipt=_html.line(item["ServiceQueueId"]),
        note="; ".join(_notes(item)),
    )


def _rejected(item: Item, guid: str, why: str) -> Rejected:
    """Kept in quarantine; the receipt lets the queue go on."""
    what = _shown(item["headline"]) if item["headline"] else "an item"
    return Rejected(
        guid=guid or hashlib.sha256(item.raw.encode("utf-8", "replace")).hexdigest()[:32],
        raw=_html.without_controls(item.raw),
        problem=Problem(stage="poll", kind=Malformed.kind, detail=f"{what} {why}"),
        receipt=_html.line(item["ServiceQueueId"]),
    )


def _mojibake_mended(text: str) -> str:
    """UTF-8 that was read as Latin-1 or Windows-1252, put right where it is plainly that."""
    import ftfy

    return "\n".join(ftfy.fix_encoding(line) for line in text.split("\n"))


def _identity(raw: str) -> str:
    return _html.line(raw).strip("{}").lower()


def _earlier(item: Item) -> str:
    """The ``NewsID`` of the item that this one replaces."""
    named = _identity(item["replacedID"])
    if named not in _NOT_SET:
        return named
    other = _identity(item["Replaces"])
    return other if _GUID.fullmatch(other) and other not in _NOT_SET else ""


def _status(item: Item) -> Status:
    if _set(item["Annuleret"]):
        return Status.WITHDRAWN
    return Status.CORRECTION if _set(item["Korrektion"]) else Status.NEW


def _set(flag: str) -> bool:
    return flag.lower() in {"true", "1"}


def _keywords(strapline: str) -> tuple[str, ...]:
    """``NET/FORSVAR/SATELLIT`` without its channel; ``---PRESSEMEDDELELSE---`` without its dashes."""
    parts = [_html.line(part).strip("- ") for part in strapline.split("/")]
    return tuple(dict.fromkeys(part for part in parts if 0 < len(part) <= 80 and part.upper() not in _CHANNELS))[:20]


def _notes(item: Item) -> list[str]:
    """What could not be understood, and what was decided without being known."""
    notes = []
    if _time.instant(item["PublishDate"], _time.COPENHAGEN) is None:
        notes.append("the wire gives no time that can be read")
    elif _comes_twice(item["PublishDate"]):
        notes.append("published in the hour that comes twice; the earlier one is taken")
    notes += [f"{name} is {_shown(item[name])}, which is not understood" for name in _not_understood(item)]
    if item["Status"] not in {"", "New news"}:
        notes.append(f"Status is {_shown(item['Status'])}, which was not seen before")
    if _set(item["NyVersion"]):
        notes.append("a new version of an earlier item")
    if not item["ServiceQueueId"]:
        notes.append("has no ServiceQueueId and cannot be acknowledged")
    return notes


def _not_understood(item: Item) -> list[str]:
    flags = [name for name in ("Annuleret", "Korrektion", "NyVersion") if item[name].lower() not in _FLAGS]
    replaces = _identity(item["Replaces"])
    return flags if replaces in _NOT_SET or _GUID.fullmatch(replaces) else [*flags, "Replaces"]


def _shown(value: str) -> str:
    return f"“{_html.beginning(_html.line(value), 40)}”"


def _comes_twice(raw: str) -> bool:
    try:
        local = datetime.fromisoformat(raw)
    except ValueError:
        return False
    return local.tzinfo is None and _time.twice(local)


FEED = Feed(
    name=NAME,
    title="Ritzau, newswire",
    poll=poll,
    acknowledge=acknowledge,
    schedule="*/5 * * * *",
    silent_after=Silence(working_hours=timedelta(hours=4), weekend=timedelta(hours=8)),
    licence=Licence.SUBSCRIBER,
    homepage="https://ritzau.com/",
    secrets=_SECRETS,
    dossier=__doc__ or "",
)
