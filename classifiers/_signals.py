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

#: Matches of a sentence that are looked at: a list of names in one sentence is no debate.
_AT_MOST = 80

#: What a role counts by itself, with a Russian in the sentence, and bound to one.
ROLE = (0.45, 0.65, 0.85)
#: The same of a flight that is said in so many words, and of a verb with many senses.
FLIGHT = (0.85, 0.95, 1.0)
WEAK_FLIGHT = (0.4, 0.55, 0.8)

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

    at: int  # which sentence of the body it is
    first: int  # word of the text
    last: int
    russian: float
    actors: tuple[Actor, ...]
    protections: tuple[tuple[Match, float], ...]
    other: int  # how often other nations are named
    people: int  # how often Russians are
    company: frozenset[str]  # false friends' company
    terms: tuple[Match, ...]

    @property
    def role(self) -> float:
        return max((a.strength for a in self.actors if a.match.kind == "who"), default=0.0)

    @property
    def flight(self) -> float:
        return max((a.strength for a in self.actors if a.match.kind == "flight"), default=0.0)

    @property
    def actor(self) -> float:
        return both(self.role, self.flight)

    @property
    def protection(self) -> float:
        return max((strength for _, strength in self.protections), default=0.0)

    @property
    def bound(self) -> bool:
        return any(actor.bound and actor.strength >= WEAK_FLIGHT[1] for actor in self.actors)


def both(role: float, flight: float) -> float:
    """A role and a flight add to one another; either can do alone."""
    return min(1.0, max(role, flight) + 0.35 * min(role, flight))


def unit(at: int, matches: Sequence[Match], words: Sequence[Word], into: frozenset[str]) -> Unit:
    """The signals of the sentence that holds ``matches``."""
    matches = matches[:_AT_MOST]
    kinds: dict[str, list[Match]] = {}
    for match in matches:
        kinds.setdefault(match.kind, []).append(match)
    people, other = kinds.get("people", []), kinds.get("other", [])
    state = [m for m in kinds.get("state", []) if not _reversed(m, matches, words, into)]
    actors = [_actor(m, people, state, other) for m in (*kinds.get("who", ()), *kinds.get("flight", ()))]
    lost = {id(m) for m in matches if _goes_there(m, kinds.get("state", []), words, into)}
    return Unit(
        at=at,
        first=matches[0].first,
        last=matches[-1].last,
        russian=1.0 if people else STATE * max((m.signal.strength for m in state), default=0.0),
        actors=tuple(actor for actor in actors if id(actor.match) not in lost),
        protections=tuple(
            (m, m.signal.strength * (FOREIGN if _foreign(m, people, other) else 1.0))
            for m in kinds.get("protection", ())
            if id(m) not in lost
        ),
        other=len(other),
        people=len(people),
        company=frozenset(m.signal.value for m in kinds.get("off", ())),
        terms=tuple(matches),
    )


def _actor(match: Match, people: list[Match], state: list[Match], other: list[Match]) -> Actor:
    russian, foreign = _distance(match, people), _distance(match, other)
    table = ROLE if match.kind == "who" else WEAK_FLIGHT if match.signal.value == "weak" else FLIGHT
    weight = match.signal.strength if match.kind == "who" or match.signal.value != "weak" else 1.0
    if russian > BOUND and foreign < min(russian, 2 * BOUND):
        return Actor(match, FOREIGN * weight, False)
    bound = russian <= BOUND
    related = russian < _NEVER or _distance(match, state) <= 2 * BOUND
    return Actor(match, table[2 if bound else 1 if related else 0] * weight, bound)


_NEVER = 10_000


def _distance(match: Match, others: Sequence[Match]) -> int:
    """Words from one match to the nearest of the others."""
    gaps = (max(other.first - match.last, match.first - other.last, 0) for other in others)
    return min(gaps, default=_NEVER)


def _foreign(match: Match, people: list[Match], other: list[Match]) -> bool:
    foreign = _distance(match, other)
    return foreign < _NEVER and _distance(match, people) > max(BOUND, foreign)


def _goes_there(match: Match, state: Sequence[Match], words: Sequence[Word], into: frozenset[str]) -> bool:
    """Asylum in Russia, a flight to Moscow."""
    if match.kind not in {"protection", "flight"}:
        return False
    return any(1 < place.first - match.last <= 3 and words[place.first - 1].form in into for place in state)


def _reversed(place: Match, matches: Sequence[Match], words: Sequence[Word], into: frozenset[str]) -> bool:
    return any(_goes_there(match, [place], words, into) for match in matches)


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of the whole text when a window is judged."""

    title: Unit | None
    people: int
    other: int
    russian: float  # what Russia counts where a window does not name it

    @classmethod
    def of(cls, title: Unit | None, units: Sequence[Unit]) -> Setting:
        everything = [*units, title] if title is not None else units
        people = sum(unit.people for unit in everything)
        named = any(unit.russian for unit in everything)
        far = FAR_PEOPLE if people else FAR_STATE if named else 0.0
        return cls(title, people, sum(unit.other for unit in everything), far)


def features(units: Sequence[Unit], middle: int, setting: Setting) -> dict[str, float]:
    """What the window around one unit says, by name; the title stands beside every window of the body."""
    centre = units[middle]
    around = [(centre, NEAR[0])]
    for near in units[max(0, middle - 2) : middle + 3]:
        step = abs(near.at - centre.at)
        if 0 < step < len(NEAR) and _gap(centre, near) <= REACH:
            around.append((near, NEAR[step]))
    if setting.title is not None and setting.title is not centre:
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
