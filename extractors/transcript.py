"""Speeches and debates: the European Parliament's verbatim fragments, Folketinget's transcripts, plain paragraphs.

European Parliament: ``speech`` with ``from`` (``person``, ``organization``) and ``p``; empty paragraphs are spacers.
Folketinget: ``Tale`` with ``Taler`` and ``TekstGruppe/Exitus/Linea/Char``; an ``Exitus`` is a paragraph, spaces after
full stops are missing ("Tak for det.Jeg bliver"), ``MødeSlut`` and ``Pause`` are speakers who say nothing. A piece with
one speaker has the speaker as its byline; with several, each speech begins with its speaker's name and a colon.

A remark of the record in brackets, standing alone ("(Applause)"), is not the speaker's and is left out. A file that
breaks off is refused: what a lenient reader made of it would look whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from articles.errors import NotAnArticle, Unreadable
from articles.model import Page, Text
from extractors import _language, _when
from extractors._decode import decode
from extractors._paragraphs import joined, line, marked_up, tidy

NAME = "transcript"
VERSION = "1"

_ROOT = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*)?(?:<!DOCTYPE[^\[>]{0,300}(?:\[.{0,2000}?\])?\s*>\s*)?"
    r"<(?:[\w.-]+:)?([A-Za-z]\w*)",
    re.DOTALL,
)
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_FOLKETINGET = frozenset({"Dokument", "DagsordenPunkt", "DagsordenUnderpunkt", "Aktivitet", "Tale"})
_PARLIAMENT = frozenset({"oralStatements", "speech"})
_SILENT = frozenset({"MødeSlut", "Pause"})
_REMARK = re.compile(r"[(\[][^()\[\]]{1,200}[)\]]\.?")
#: Between two sentences without a space; an abbreviation (S.U. or F.eks.) has a capital or nothing before its stop.
_GLUED = re.compile(r"(?<=[a-zæøå0-9)»”\"][.!?])(?=[A-ZÆØÅ»”][a-zæøå ])")
_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class _Speech:
    speaker: str
    paragraphs: Sequence[str]


def extract(page: Page) -> Text:
    """The speech or debate. ``Unreadable`` for XML that breaks off, ``NotAnArticle`` where nobody says anything."""
    raw, notes = decode(page)
    found = _ROOT.match(raw)
    name = found[1] if found else ""
    if name in _FOLKETINGET:
        text = _folketinget(page, _xml(page, raw))
    elif name in _PARLIAMENT:
        text = _parliament(page, _xml(page, raw))
    elif re.search(r"<(?:html|body)\b", raw[:5000], re.IGNORECASE):
        from extractors import web

        return replace(web.extract(page), extractor=f"{NAME}/{VERSION}")
    else:
        text = _written(page, [_Speech("", marked_up(raw))])
    return replace(text, notes=(*notes, *text.notes))


def _xml(page: Page, raw: str) -> etree._Element:
    """The tree of a file that is whole. Nothing outside it is read: no entities, no DTD."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(_DECLARATION.sub("", raw).strip().encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        place = f" (line {error.lineno})" if isinstance(error, etree.XMLSyntaxError) and error.lineno else ""
        raise Unreadable(f"breaks off or is not well-formed XML{place}; fetch it again", subject=page.url) from None


def _written(page: Page, speeches: Sequence[_Speech]) -> Text:
    """One text of the speeches, in order."""
    heard = [replace(speech, paragraphs=_said(speech.paragraphs)) for speech in speeches]
    heard = [speech for speech in heard if speech.paragraphs]
    if not heard:
        raise NotAnArticle("has no speech in it; open it by hand", subject=page.url)
    names = list(dict.fromkeys(speech.speaker for speech in heard if speech.speaker))
    paragraphs = [text for speech in heard for text in _introduced(speech, named=len(names) > 1)]
    body = joined(paragraphs)
    byline = ", ".join(names[:_MOST_NAMES]) + (" …" if len(names) > _MOST_NAMES else "")
    return Text(title="", body=body, language=_language.told(body), extractor=f"{NAME}/{VERSION}", byline=byline)


def _said(paragraphs: Sequence[str]) -> list[str]:
    return [text for text in paragraphs if not _REMARK.fullmatch(text)]


def _introduced(speech: _Speech, *, named: bool) -> Iterator[str]:
    first, *rest = speech.paragraphs
    yield f"{speech.speaker}: {first}" if named and speech.speaker else first
    yield from rest


# ---------------------------------------------------------------- European Parliament


def _parliament(page: Page, root: etree._Element) -> Text:
    speeches = [_spoken(speech) for speech in _all(root, "speech")]
    text = _written(page, speeches)
    languages = [_attribute(element, "lang") for element in _all(root, "speech")]
    claimed = next((language for language in languages if language), "")
    translated = [language for language in languages if "-t-" in language]
    return replace(
        text,
        language=_language.told(text.body, claimed),
        notes=tuple(f"machine translation ({language})" for language in dict.fromkeys(translated)),
    )


def _spoken(speech: etree._Element) -> _Speech:
    speaker = next((_words(element) for element in _all(speech, "from")), "")
    return _Speech(speaker, tidy(_words(p) for p in _all(speech, "p")))


# ---------------------------------------------------------------- Folketinget


def _folketinget(page: Page, root: etree._Element) -> Text:
    speeches = [_talk(tale) for tale in _all(root, "Tale")]
    text = _written(page, [speech for speech in speeches if speech.speaker not in _SILENT])
    titles = [_words(title) for title in _all(root, "ShortTitle")]
    starts = (_words(start) for name in ("StartDateTime", "DateOfSitting") for start in _all(root, name))
    when = next((found for raw in starts if (found := _when.stated(raw, "", page.fetched_at))), None)
    return replace(
        text,
        title=titles[0] if len(titles) == 1 else "",  # a whole sitting has many
        published_at=when.at if when else None,
        notes=("preliminary record",) if _preliminary(root) else (),
    )


def _preliminary(root: etree._Element) -> bool:
    stated = [_attribute(root, "edixistatus"), *(_words(status) for status in _all(root, "EdixiStatus"))]
    return any(status.lower().startswith("foreløbig") for status in stated)


def _talk(tale: etree._Element) -> _Speech:
    speaker = next(_all(tale, "Taler"), None)
    paragraphs = [_lines(exitus) for group in _all(tale, "TekstGruppe") for exitus in _all(group, "Exitus")]
    return _Speech("" if speaker is None else _speaker(speaker), tidy(_GLUED.sub(" ", text) for text in paragraphs))


def _speaker(taler: etree._Element) -> str:
    """``First Last (Group)``; ministers have a role and no group, the chair has only a role."""
    facts = {name: next((_words(e) for e in _all(taler, name)), "") for name in _SPEAKER}
    first, last, group, role = facts.values()
    name = line(f"{first} {last}")
    if {first, last} & _SILENT:
        return next(iter({first, last} & _SILENT))
    mark = group or (role if role.lower() not in {"medlem", ""} else "")
    return f"{name} ({mark})" if name and mark else name or role


_SPEAKER = ("OratorFirstName", "OratorLastName", "GroupNameShort", "OratorRole")


def _lines(exitus: etree._Element) -> str:
    """The runs of a line belong together, numbers are runs of their own; lines are apart."""
    return " ".join("".join(map(str, linea.itertext())) for linea in _all(exitus, "Linea"))


# ---------------------------------------------------------------- XML with and without namespaces


def _all(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return root.iter(name, f"{{*}}{name}")


def _words(element: etree._Element) -> str:
    return line("".join(map(str, element.itertext())))


def _attribute(element: etree._Element, name: str) -> str:
    return next((str(value) for key, value in element.items() if str(key).rpartition("}")[2] == name), "")
