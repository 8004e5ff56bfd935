"""Parliament's records to entries: questions, answers and adopted texts with their files, speeches with their words."""

from __future__ import annotations

import re
from dataclasses import dataclass

from articles.model import Entry, Licence
from feeds import _html, _time
from feeds._epapi import HOST, Record, by_language, identifier, language, records, tail, text, wording

PUBLISHER = "European Parliament"
_DOCEO = "https://www.europarl.europa.eu/doceo/document"

#: Languages that are watched; of documents in others the English version is taken where there is one.
_READ = frozenset({"da", "de", "en", "es", "et", "fi", "fr", "it", "lt", "lv", "nl", "pl", "sv"})

_FORMS = {
    "QUESTION_WRITTEN": "written question",
    "QUESTION_WRITTEN_PRIORITY": "priority question",
    "QUESTION_ORAL": "oral question",
    "QUESTION_TIME": "question time",
    "INTERPELLATION_MAJOR": "major interpellation",
    "INTERPELLATION_MINOR": "minor interpellation",
    "TEXT_ADOPTED": "adopted text",
    "PLENARY_DEBATE_SPEECH": "speech",
    "PLENARY_DEBATE_WRITTEN_STATEMENT": "written statement",
}

#: Machine translations are marked by a transform in the language: ``hu-t-en-mtec`` is Hungarian made English.
_TRANSLATED = re.compile(r"^[a-z]{2,3}-t-", re.IGNORECASE)
_LANG = re.compile(r"xml:lang\s*=\s*[\"']([^\"']{1,40})[\"']")
_FROM = re.compile(r"<from\b.*?</from\s*>", re.DOTALL)
_PERSON = re.compile(r"<person\b[^<>]*>([^<>]{1,200})</person\s*>")
_GROUP = re.compile(r"<organization\b[^<>]*>([^<>]{1,200})</organization\s*>")
_TAG = re.compile(r"<[^<>]*>")


@dataclass(frozen=True, slots=True)
class _File:
    url: str
    language: str
    issued: str


def document(record: Record, form: str = "") -> Entry | None:
    """A question, an answer or an adopted text; ``None`` while it has no file yet."""
    key, original = identifier(record), language(record.get("originalLanguage"))
    file = _file(record, original)
    if not key or file is None:
        return None
    raw = file.issued or text(record.get("document_date"))
    long_title = wording(_expression(record, file.language).get("title_alternative"), file.language)
    title = wording(record.get("title_dcterms"), file.language) or wording(
        _expression(record, file.language).get("title"), file.language
    )
    return Entry(
        feed="europarl",
        guid=key,
        url=f"{_DOCEO}/{key}_EN.html",
        title=_html.line(title) or _html.line(long_title) or key,
        summary=_html.line(long_title),
        page_url=file.url,
        published_at=_time.instant(raw, _time.BRUSSELS),
        published_raw=_html.without_controls(raw),
        language=file.language,
        licence=Licence.OPEN,
        extractor="pdf",
        publisher=PUBLISHER,
        form=form or _form(record.get("work_type")),
        keywords=(key,),
        note="" if _time.instant(raw, _time.BRUSSELS) else "the source gives no date that can be read",
    )


def answers(question: Record) -> list[Record]:
    """The answers to a question; they are nested in it, whole."""
    return [answer for answer in records(question.get("inverse_answers_to")) if identifier(answer)]


def answer(record: Record, question: Record) -> Entry | None:
    """An answer, under its question's title where it has none; ``None`` while it has no file yet."""
    titled = {**record, "title_dcterms": record.get("title_dcterms") or question.get("title_dcterms")}
    return document(titled, form="answer")


# ---------------------------------------------------------------- files


def _file(record: Record, original: str) -> _File | None:
    """The PDF to read: in the original language, in English where that is one that nothing here reads."""
    found: dict[str, _File] = {}
    for expression in records(record.get("is_realized_by")):
        code = language(expression.get("language")) or tail(expression).lower()
        for embodied in records(expression.get("is_embodied_by")):
            url = _html.web_address(text(embodied.get("is_exemplified_by")), f"{HOST}/")
            if url and text(embodied.get("media_type")).endswith("application/pdf"):
                found.setdefault(code, _File(url, code if len(code) == 2 else "", text(embodied.get("issued"))))
    wanted = (original, "en") if original in _READ else ("en", original)
    return next((found[code] for code in (*wanted, *sorted(found)) if code in found), None)


def _expression(record: Record, code: str) -> Record:
    """The record's version in a language."""
    versions = records(record.get("is_realized_by"))
    own = (v for v in versions if code in {language(v.get("language")), tail(v).lower()})
    return next(own, next(iter(versions), {}))


def _form(work_type: object) -> str:
    kind = tail(work_type)
    return _FORMS.get(kind, kind.replace("_", " ").lower())


# ---------------------------------------------------------------- speeches


def spoken_in(record: Record) -> str:
    """The language in which a speech was given; ``""`` where the record does not tell."""
    return language(_minuted(record).get("originalLanguage"))


def speech(record: Record) -> Entry | None:
    """A speech in its speaker's own words; ``None`` while they are not there."""
    minuted, code = _minuted(record), spoken_in(record)
    fragment = _fragment(minuted, code)
    key = text(minuted.get("identifier")) or identifier(record)
    if not fragment or not key:
        return None
    item = tail(minuted.get("is_part_of"))
    raw = text(record.get("activity_start_date")) or text(record.get("activity_date"))
    return Entry(
        feed="europarl",
        guid=key,
        url=f"{_DOCEO}/{item if item.startswith('CRE-') else key}_EN.html",
        title=_html.line(wording(record.get("activity_label"), code)) or "Plenary debate",
        body_html=fragment,
        published_at=_time.instant(raw, _time.BRUSSELS),
        published_raw=_html.without_controls(raw),
        language=code,
        licence=Licence.OPEN,
        extractor="transcript",
        publisher=_speaker(fragment) or PUBLISHER,
        form=_form(record.get("had_activity_type")) or "speech",
        note="" if _time.instant(raw, _time.BRUSSELS) else "the source gives no date that can be read",
    )


def _minuted(record: Record) -> Record:
    """The verbatim report's part of a speech."""
    return next(iter(records(record.get("recorded_in_a_realization_of"))), {})


def _fragment(minuted: Record, code: str) -> str:
    """The XML of the words as they were said. Every other language is a machine's translation and is not taken."""
    found = by_language(minuted.get("api:xmlFragment"))
    chosen = [found.get(code, "")] if code else [found[name] for name in sorted(found) if not _TRANSLATED.match(name)]
    return next((_html.without_controls(xml) for xml in chosen if _says_something(xml)), "")


def _says_something(xml: str) -> bool:
    marked = _LANG.search(xml)
    translated = bool(marked and _TRANSLATED.match(marked[1]))
    return not translated and bool(_TAG.sub(" ", _FROM.sub(" ", xml)).strip())


def _speaker(xml: str) -> str:
    """Name and group, as the report has them."""
    head = _FROM.search(xml)
    person, group = (pattern.search(head[0]) if head else None for pattern in (_PERSON, _GROUP))
    name = _html.line(person[1]) if person else ""
    return f"{name} ({_html.line(group[1])})" if name and group else name
