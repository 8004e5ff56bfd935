"""The mail's own words, Danish and English: counts, dates, scores, problems. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from articles.model import Decision, Problem, Status

#: From which calibrated score on the words change; below the last a hit on topic is the fourth word.
_SURE = (0.95, 0.8)

_DA_MONTHS = ("jan.", "feb.", "mar.", "apr.", "maj", "juni", "juli", "aug.", "sep.", "okt.", "nov.", "dec.")
_DA_DAYS = ("mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag", "søndag")
_EN_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "June", "July", "Aug", "Sept", "Oct", "Nov", "Dec")
_EN_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_DA_PROBLEMS = {
    "unreachable": "kan ikke nås",
    "refused": "afviser os",
    "source_fault": "melder om fejl hos sig selv",
    "challenged": "svarer med en spærreside",
    "malformed": "sender noget, der ikke kan læses",
    "silent": "har været usædvanligt tavs",
    "never_polled": "er ikke læst endnu",
}
_EN_PROBLEMS = {
    "unreachable": "cannot be reached",
    "refused": "refuses us",
    "source_fault": "reports a fault of its own",
    "challenged": "answers with a challenge page",
    "malformed": "sends what cannot be read",
    "silent": "has been unusually silent",
    "never_polled": "has not been read yet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language. A pair is (one, many)."""

    code: str
    title: str
    months: tuple[str, ...]
    days: tuple[str, ...]
    at: str  # before a time of day
    decimal_gap: str  # between a number and its percent sign
    sure: tuple[str, str, str]
    doubtful_score: str
    problems: Mapping[str, str]
    unknown_problem: str
    last_poll: str
    last_entry: str
    no_entry: str
    threads: tuple[str, str]
    corrections: tuple[str, str]
    withdrawn: tuple[str, str]
    doubtful: tuple[str, str]
    no_threads: str
    nothing: str
    unseen: tuple[str, str]
    seen_from: str
    to: str
    hours: str
    fresh: str
    all_fresh: str
    no_feeds: str
    not_seen: str
    empty_sure: str
    empty_unsure: str
    corrections_head: str
    corrections_why: str
    threads_head: str
    doubtful_head: str
    doubtful_why: str
    feeds_head: str
    correction_badge: str
    withdrawn_badge: str
    new_version_badge: str
    doubtful_badge: str
    had: str
    follows: str
    do_not_use: str
    late: str
    also_in: str
    found_by: str
    more: str
    more_sentences: tuple[str, str]
    headlines: str
    read: str
    open_hit: str
    no_address: str
    whole_thread: str
    search_page: str
    undated: str
    footer: str
    machine: str

    def number(self, count: int, pair: tuple[str, str]) -> str:
        """ "1 sag", "14 sager"."""
        return f"{count} {pair[0] if count == 1 else pair[1]}"

    def day(self, day: date, *, year: bool = False) -> str:
        """ "20. nov." or "20 Nov", with the year where asked."""
        number = f"{day.day}." if self.code == "da" else str(day.day)
        return f"{number} {self.months[day.month - 1]}{f' {day.year}' if year else ''}"

    def long_day(self, day: date) -> str:
        """ "fredag 20. nov. 2026"."""
        return f"{self.days[day.weekday()]} {self.day(day, year=True)}"

    def moment(self, at: datetime, zone: tzinfo, today: date | None = None) -> str:
        """Local time, with the date where it is not ``today``."""
        local = at.astimezone(zone)
        clock = f"{self.at}{local:%H:%M}"
        return clock if local.date() == today else f"{self.day(local.date())} {clock}"

    def score(self, score: float, decision: Decision) -> str:
        """Words and percent. Never 0 or 100: a classifier is not certain."""
        percent = min(99, max(1, round(score * 100)))
        return f"{self.sureness(score, decision)} ({percent}{self.decimal_gap}%)"

    def sureness(self, score: float, decision: Decision) -> str:
        if decision is not Decision.ON_TOPIC:
            return self.doubtful_score
        return self.sure[sum(score < limit for limit in _SURE)]

    def badge(self, status: Status) -> str:
        return {Status.CORRECTION: self.correction_badge, Status.WITHDRAWN: self.withdrawn_badge}.get(status, "")

    def problem(self, problem: Problem) -> str:
        """What is wrong with a feed, for a reader; an unknown kind in the words it was recorded with."""
        return self.problems.get(problem.kind) or self.unknown_problem.format(detail=problem.detail)


DANISH = Words(
    code="da",
    title="Asylovervågning",
    months=_DA_MONTHS,
    days=_DA_DAYS,
    at="kl. ",
    decimal_gap="\N{NO-BREAK SPACE}",
    sure=("meget sikker", "sikker", "ret sikker"),
    doubtful_score="tvivlsom",
    problems=_DA_PROBLEMS,
    unknown_problem="kan ikke læses: {detail}",
    last_poll="sidst forsøgt {when}",
    last_entry="seneste indlæg {when}",
    no_entry="intet indlæg set endnu",
    threads=("sag", "sager"),
    corrections=("rettelse", "rettelser"),
    withdrawn=("trukket tilbage", "trukket tilbage"),
    doubtful=("tvivlsom", "tvivlsomme"),
    no_threads="ingen sager",
    nothing="intet nyt",
    unseen=("kilde ikke set", "kilder ikke set"),
    seen_from="Set",
    to="til",
    hours="{hours} timer",
    fresh="{fresh} af {all} kilder er friske.",
    all_fresh="Alle {all} kilder er friske.",
    no_feeds="Ingen kilder er sat op, så der er intet at se.",
    not_seen="Det her kunne vi ikke se:",
    empty_sure="Ingen sager i døgnet. Alle kilder er læst, så tavsheden er ægte.",
    empty_unsure="Ingen sager i døgnet. Men ikke alle kilder kunne læses, så noget kan mangle (se nedenfor).",
    corrections_head="Rettelser og tilbagetrækninger",
    corrections_why="Har du brugt den tidligere udgave, så læs denne først.",
    threads_head="Sager",
    doubtful_head="Tvivlsomme",
    doubtful_why="Ligger mellem de to grænser: måske om emnet, måske ikke. Et menneske må afgøre det.",
    feeds_head="Hvad vi så, og hvad vi ikke så",
    correction_badge="Rettelse",
    withdrawn_badge="Trukket tilbage",
    new_version_badge="Ny udgave",
    doubtful_badge="Tvivlsom",
    had="Du har fået en tidligere udgave i en mail herfra.",
    follows="Følger op på en sag, du har fået.",
    do_not_use="Kilden har trukket teksten tilbage. Brug den ikke.",
    late="Nåede ikke mailen for sit eget døgn.",
    also_in="Også i:",
    found_by="Fundet af:",
    more="+ {count} flere",
    more_sentences=("+ 1 sætning til", "+ {count} sætninger til"),
    headlines="Flere sager, kun overskrifter",
    read="Læs hos kilden",
    open_hit="Vis med belæg",
    no_address="Uden netadresse hos kilden",
    whole_thread="Hele sagen",
    search_page="Se dem på søgesiden",
    undated="uden dato",
    footer="Du får denne mail, fordi {address} står på modtagerlisten. Skriv til {sender} for at ændre eller afmelde.",
    machine="Sagerne er udvalgt af en maskine. Belægget er citeret ordret fra kilden; læs kilden, før du bruger det.",
)

ENGLISH = Words(
    code="en",
    title="Asylum watch",
    months=_EN_MONTHS,
    days=_EN_DAYS,
    at="",
    decimal_gap="",
    sure=("very sure", "sure", "fairly sure"),
    doubtful_score="doubtful",
    problems=_EN_PROBLEMS,
    unknown_problem="cannot be read: {detail}",
    last_poll="last tried {when}",
    last_entry="last entry {when}",
    no_entry="no entry seen yet",
    threads=("thread", "threads"),
    corrections=("correction", "corrections"),
    withdrawn=("withdrawn", "withdrawn"),
    doubtful=("doubtful", "doubtful"),
    no_threads="no threads",
    nothing="nothing new",
    unseen=("source not seen", "sources not seen"),
    seen_from="Seen",
    to="to",
    hours="{hours} hours",
    fresh="{fresh} of {all} sources are fresh.",
    all_fresh="All {all} sources are fresh.",
    no_feeds="No source is set up, so there is nothing to see.",
    not_seen="What we could not see:",
    empty_sure="No hits in this window. Every source was read, so the silence is real.",
    empty_unsure="No hits in this window. But not every source could be read, so something may be missing (see below).",
    corrections_head="Corrections and withdrawals",
    corrections_why="If you have used the earlier version, read this first.",
    threads_head="Threads",
    doubtful_head="Doubtful",
    doubtful_why="Between the two thresholds: on topic perhaps, perhaps not. A person has to decide.",
    feeds_head="What we saw, and what we did not",
    correction_badge="Correction",
    withdrawn_badge="Withdrawn",
    new_version_badge="New version",
    doubtful_badge="Doubtful",
    had="You have had an earlier version in a mail from here.",
    follows="Follows up on a thread that you have had.",
    do_not_use="The source has withdrawn this text. Do not use it.",
    late="Missed the mail for its own day.",
    also_in="Also in:",
    found_by="Found by:",
    more="+ {count} more",
    more_sentences=("+ 1 more sentence", "+ {count} more sentences"),
    headlines="More threads, headlines only",
    read="Read at the source",
    open_hit="Show with evidence",
    no_address="No web address at the source",
    whole_thread="The whole thread",
    search_page="See them on the search page",
    undated="undated",
    footer="You get this mail because {address} is on the list of recipients. Write to {sender} to change or to leave.",
    machine="Chosen by a machine. The evidence is quoted word for word; read the source before you use it.",
)

LANGUAGES: Mapping[str, Words] = {"da": DANISH, "en": ENGLISH}
