"""What the words of a text say together: per sentence, and per window of neighbouring sentences.

A role or a flight belongs to the nationality that stands nearest to it in its sentence: "ukrainske desertører" in a
text about Russia's war are not Russians. Protection "in Russia" is the other way round and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from classifiers._glossary import Match, Word

#: What a signal counts that stands so many sentences away from the middle of a window.
NEAR = (1.0, 0.85, 0.65)

#: A window reaches no further than this many words from its middle sentence, on either side.
REACH = 60

#: What the title's signals count in the windows of the body.
BESIDE = 0.75

#: What "Russian" and "Russia" count where they stand elsewhere in the text only.
FAR_PEOPLE, FAR_STATE = 0.6, 0.35

#: Russia itself, where its people are not named.
STATE = 0.6

#: Words between a nationality and the noun that it belongs to.
BOUND = 4

#: Farther than any two words of one sentence.
_NEVER = 10_000

#: Matches of a sentence that are looked at: a list of names in one sentence is no debate.
_AT_MOST = 80

#: What a role counts by itself, with a Russian in the sentence, and bound to one.
ROLE = (0.45, 0.65, 0.85)
#: An official who does not leave is in the news every day.
OFFICIAL = 0.8

#: The same of a flight that is said in so many words, and of a verb with many senses.
FLIGHT = (0.85, 0.95, 1.0)
WEAK_FLIGHT = (0.4, 0.55, 0.8)

#: A role, flight or protection that counts less than this is not named as found.
SAID = 0.5

#: What is left of a role, flight or protection that is another nation's.
FOREIGN = 0.12


@dataclass(frozen=True, slots=True)
class Actor:
    """A role or a flight with what it counts; ``bound`` where a Russian is next to it."""

    match: Match
    strength: float
    bound: bool


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence (or the title) and its signals, each between 0 and 1."""

    at: int  # which sentence of the body it is; -1 for the title
    first: int  # word of the text
    last: int
    russian: float
    role: float
    flight: float
    actor: float  # role and flight together
    protection: float
    bound: bool  # a Russian next to a role or a flight
    actors: tuple[Actor, ...]
    protections: tuple[tuple[Match, float], ...]
    other: int  # how often other nations are named
    people: int  # how often Russians are
    company: frozenset[str]  # false friends' company
    said: tuple[str, ...]  # the words of its roles, flights and protections


def both(role: float, flight: float) -> float:
    """A role and a flight add to one another; either can do alone."""
    return min(1.0, max(role, flight) + 0.35 * min(role, flight))


def unit(at: int, matches: Sequence[Match], words: Sequence[Word], into: frozenset[str]) -> Unit:
    """The signals of the sentence that holds ``matches``."""
    kinds = _by_kind(matches[:_AT_MOST], words, into)
    people, state, other = (kinds.get(kind, []) for kind in ("people", "state", "other"))
    actors = tuple(_actor(match, people, state, other) for match in (*kinds.get("who", ()), *kinds.get("flight", ())))
    role, flight = (
        max((a.strength for a in actors if a.match.kind == kind), default=0.0) for kind in ("who", "flight")
    )
    protections = tuple(
        (match, match.signal.strength * (FOREIGN if _is_others(match, people, other) else 1.0))
        for match in kinds.get("protection", ())
    )
    return Unit(
        at=at,
        first=matches[0].first,
        last=matches[-1].last,
        russian=1.0 if people or any(actor.bound for actor in actors) else STATE if state else 0.0,
        role=role,
        flight=flight,
        actor=both(role, flight),
        protection=max((strength for _, strength in protections), default=0.0),
        bound=any(actor.bound and actor.strength >= WEAK_FLIGHT[1] for actor in actors),
        actors=actors,
        protections=protections,
        other=len(other),
        people=len(people),
        company=frozenset(match.signal.value for match in kinds.get("off", ())),
        said=tuple(
            " ".join(word.form for word in words[match.first : match.last + 1])
            for match, strength in (*((actor.match, actor.strength) for actor in actors), *protections)
            if strength >= SAID
        ),
    )


def _by_kind(matches: Sequence[Match], words: Sequence[Word], into: frozenset[str]) -> dict[str, list[Match]]:
    """What counts, by kind; "the Russian war" is Russia, not Russians."""
    away = _other_way_round(matches, words, into)
    deeds = [match for match in matches if match.kind == "deeds"]
    kinds: dict[str, list[Match]] = {}
    for match in matches:
        if match not in away:
            done = match.kind == "people" and _distance(match, deeds) == 1
            kinds.setdefault("state" if done else match.kind, []).append(match)
    return kinds


def _actor(match: Match, people: list[Match], state: list[Match], other: list[Match]) -> Actor:
    signal = match.signal
    if _is_others(match, people, other) and _distance(match, other) <= 2 * BOUND:
        return Actor(match, FOREIGN * signal.strength, False)
    table = ROLE if match.kind == "who" else WEAK_FLIGHT if signal.value == "weak" else FLIGHT
    weight = OFFICIAL if signal.value == "official" else 1.0
    to_people, to_state = _distance(match, people), _distance(match, state)
    if to_people <= BOUND or (to_state <= 2 and signal.value != "weak"):  # Russia's deserters, a critic of the Kremlin
        return Actor(match, table[2] * signal.bound * weight, True)
    related = to_people < _NEVER or to_state <= 2 * BOUND
    return Actor(match, table[1 if related else 0] * signal.strength * weight, False)


def _is_others(match: Match, people: Sequence[Match], other: Sequence[Match]) -> bool:
    """Whether another nation is nearer than Russians are; "Russian and Belarusian soldiers" are both."""
    foreign = min(other, key=lambda one: _distance(match, [one]), default=None)
    if foreign is None or _distance(foreign, people) <= 2:
        return False
    return _distance(match, [foreign]) < _distance(match, people)


def _distance(match: Match, others: Sequence[Match]) -> int:
    """Words from one match to the nearest of the others."""
    gaps = (max(other.first - match.last, match.first - other.last, 0) for other in others)
    return min(gaps, default=_NEVER)


def _other_way_round(matches: Sequence[Match], words: Sequence[Word], into: frozenset[str]) -> set[Match]:
    """Asylum in Russia, a flight to Moscow, and "Moscow offers refuge": neither the haven nor the place counts."""
    away: set[Match] = set()
    places = [match for match in matches if match.kind == "state"]
    for match in matches:
        for place in places:
            if _goes_there(match, place, words, into) or (place is matches[0] and _gives(place, match, matches)):
                away |= {match, place}
    return away


def _goes_there(match: Match, place: Match, words: Sequence[Word], into: frozenset[str]) -> bool:
    """But to be deported to Russia is the very danger."""
    if match.kind not in {"protection", "flight"} or match.signal.value == "non_refoulement":
        return False
    return 1 < place.first - match.last <= 3 and words[place.first - 1].form in into


def _gives(place: Match, match: Match, matches: Sequence[Match]) -> bool:
    """Russia opens the sentence and protection is what follows, with no word on who leaves it."""
    return (
        match.kind == "protection"
        and match.signal.value in {"asylum", "residence"}
        and 0 < match.first - place.last <= 5
        and not any(between.kind in {"people", "who", "flight"} for between in matches if between.first <= match.first)
    )


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of the whole text when a window is judged."""

    title: Unit | None
    people: int
    other: int
    russian: float  # what Russia counts where a window does not name it

    @classmethod
    def of(cls, units: Sequence[Unit]) -> Setting:
        title = next((unit for unit in units if unit.at < 0), None)
        people = sum(unit.people for unit in units)
        named = any(unit.russian for unit in units)
        far = FAR_PEOPLE if people else FAR_STATE if named else 0.0
        return cls(title, people, sum(unit.other for unit in units), far)


def features(units: Sequence[Unit], middle: int, setting: Setting) -> dict[str, float]:
    """What the window around one unit says, by name; the title stands beside every window of the body."""
    centre = units[middle]
    around = [(centre, NEAR[0])]
    for near in units[max(0, middle - 2) : middle + 3]:
        step = abs(near.at - centre.at)
        if near.at >= 0 and 0 < step < len(NEAR) and _gap(centre, near) <= REACH:
            around.append((near, NEAR[step]))
    if setting.title is not None and centre.at >= 0:
        around.append((setting.title, BESIDE))
    return _features(around, setting)


def _gap(one: Unit, two: Unit) -> int:
    return max(two.first - one.last, one.first - two.last, 0)


def _features(around: Sequence[tuple[Unit, float]], setting: Setting) -> dict[str, float]:
    russian = max(_most((unit.russian, near) for unit, near in around), setting.russian)
    flight = _most((unit.flight, near) for unit, near in around)
    actor = both(_most((unit.role, near) for unit, near in around), flight)
    protection = _most((unit.protection, near) for unit, near in around)
    company = {name for unit, near in around if near >= BESIDE for name in unit.company}
    return {
        "russian": russian,
        "actor": actor,
        "protection": protection,
        "together": russian * actor * protection,
        "flight": flight,
        "bound": max(near * unit.bound for unit, near in around),
        "close": max(min(unit.russian, unit.actor, unit.protection) for unit, _ in around),
        "other": _share(sum(unit.other for unit, _ in around), sum(unit.people for unit, _ in around)),
        "others_text": _share(setting.other, setting.people),
    } | {f"off_{name}": 1.0 for name in sorted(company)}


def _most(signals: Iterable[tuple[float, float]]) -> float:
    return max((signal * near for signal, near in signals), default=0.0)


def _share(other: int, people: int) -> float:
    return other / (other + people) if other else 0.0
