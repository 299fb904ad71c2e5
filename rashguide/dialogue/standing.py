"""What stands until it is settled, and what each next message then gets: ``data/safety/states.yml``, checked at start.

An emergency with its group, thoughts of suicide, a call to a doctor today. What a message means beside what stands is
the sequel classifier's to say; what follows from it is the table's, which a clinician signs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from typing import Any, Optional

import yaml

from rashguide import content
from rashguide.content.names import ACTS, ALARMS, EMERGENCIES, STATES, Intent, Response
from rashguide.dialogue.turns import NOTHING, Stands, Turn
from rashguide.understanding.keys import ALARM, ALARMED, SAFETY, SEQUEL, Parsed
from rashguide.understanding.language import LANGUAGE
from rashguide.understanding.safety import CRISIS, EMERGENCY, at_least

FILE = content.DATA / "safety" / "states.yml"
SETTLED = "settled"
OVERDOSE = "overdose"
# What a message means that the sequel classifier is not sure of, or did not see: small talk is known without it.
_BY_INTENT = {
    Intent.AFFIRM: "after_yes",
    Intent.DENY: "after_no",
    Intent.THANKS: "after_thanks",
    Intent.GOODBYE: "after_bye",
    Intent.GREET: "after_chat",
}


class WrongTable(Exception):
    """The table of states names what is not there, leaves something out, or contradicts itself."""


@dataclass(frozen=True)
class Step:
    """What is said, what stands after it ("" where that does not change), and whether an answer may follow it."""

    say: str
    then: str = ""
    answer: bool = False

    @classmethod
    def of(cls, written: Any) -> Step:
        """A line of the table: a response, or its mapping."""
        return cls(written) if isinstance(written, str) else cls(**written)


@dataclass(frozen=True)
class State:
    """A state's lines: by act, by group and act, for anything else, and what is never said while it stands."""

    settles: float
    anew: float
    acts: dict[str, Step]
    groups: dict[str, dict[str, Step]]
    otherwise: Step
    instead: str
    never: tuple[re.Pattern[str], ...]
    beside: frozenset[str]

    @classmethod
    def of(cls, written: dict[str, Any]) -> State:
        """A state as the file writes it."""
        return cls(
            settles=written["settles"],
            anew=written["anew"],
            acts={act: Step.of(step) for act, step in written["acts"].items()},
            groups={
                group: {act: Step.of(step) for act, step in steps.items()}
                for group, steps in written.get("groups", {}).items()
            },
            otherwise=Step.of(written["otherwise"]),
            instead=written["instead"],
            never=tuple(re.compile(pattern, re.I) for pattern in written["never"]),
            beside=frozenset(written.get("beside", [])),
        )

    def step(self, act: Optional[str], group: Optional[str]) -> Step:
        """What an act gets: the group's own line, the state's, or what anything else (None) gets."""
        own = self.groups.get(group or "", {})
        if act in own:
            return own[act]
        return own["otherwise"] if "otherwise" in own else self.acts.get(act or "", self.otherwise)

    def steps(self) -> list[Step]:
        """Every line."""
        return [*self.acts.values(), self.otherwise, *(step for own in self.groups.values() for step in own.values())]

    def then(self, response: str) -> str:
        """What stands after one of its responses, as its line has it."""
        return next((step.then for step in self.steps() if step.say == response), "")

    def allows(self, response: str) -> bool:
        """True where nothing in a response is what must not be said while this stands."""
        return not any(pattern.search(content.spoken(response)) for pattern in self.never)


@dataclass(frozen=True)
class Table:
    """The whole file."""

    sure: float
    known: float
    overdose_meant: float
    groups: tuple[str, ...]
    questions: dict[str, dict[str, str]]
    always: frozenset[str]
    buttons: dict[str, str]
    states: dict[str, State]


@lru_cache(maxsize=1)
def table() -> Table:
    """The states as the file has them."""
    written = yaml.load(FILE.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    return Table(
        sure=written["sure"],
        known=written["known"],
        overdose_meant=written["overdose_meant"],
        groups=tuple(written["groups"]),
        questions={f"{content.UTTER}{name}": answers for name, answers in written["questions"].items()},
        always=frozenset(written["always"]),
        buttons=written["buttons"],
        states={name: State.of(state) for name, state in written["states"].items()},
    )


def check() -> None:
    """Raises ``WrongTable`` with all that is wrong with the file."""
    found, known = table(), {subject.response for subject in content.subjects().values()}
    wrong = [f"group {group}" for group in {*found.groups} ^ {*content.GROUPS}]
    wrong += [f"state {state}" for state in {*found.states} ^ {*STATES}]
    wrong += [f"button {name}" for name in found.buttons if name not in content.choices()]
    wrong += [f"question {name}" for name in found.questions if name not in known]
    wrong += [said for answers in found.questions.values() for said in answers.values() if said not in known]
    wrong += [f"what is always met: {name}" for name in found.always if name not in content.subjects()]
    wrong += [f"{group}: no {alarm_of(group)}" for group in found.groups if alarm_of(group) not in known]
    for name, state in found.states.items():
        acts = {*state.acts} | {act for own in state.groups.values() for act in own} - {"otherwise"}
        wrong += [f"{name}: {act}" for act in {*state.acts} ^ {*ACTS} | acts - {*ACTS}]
        wrong += [f"{name}: group {group}" for group in state.groups if group not in found.groups]
        wrong += [f"{name}: {act}" for act in found.buttons.values() if act not in state.acts]
        for step in [*state.steps(), Step(state.instead)]:
            if step.say not in known:
                wrong.append(f"{name}: no response {step.say}")
            elif not state.allows(step.say):
                wrong.append(f"{name}: {step.say} says what is never said")
            own = began(step.say)
            then = own.state if own and own.state != name else step.then
            if step.then not in ("", SETTLED, *STATES) or {step.then, state.then(step.say)} != {then}:
                wrong.append(f"{name}: {step.say} leaves {step.then}")
    if wrong:
        raise WrongTable(f"{FILE}: {'; '.join(sorted(wrong))}")


def alarm_of(group: Optional[str]) -> str:
    """The emergency reply for a group, or for none that is sure."""
    return f"{Response.EMERGENCY}_{group}" if group else Response.EMERGENCY


def alarm(parsed: Parsed, intent: Optional[str], stood: Stands = NOTHING) -> str:
    """The reply to an alarm: despair's, an overdose's that was meant, or the emergency's by its group.

    In another language there is one for each tier.
    """
    english = content.response_to(intent)
    translated = content.in_language(english, parsed.get(LANGUAGE))
    if translated != english:
        return translated
    safety = parsed.get(SAFETY)
    degrees, group = (safety["degrees"], safety["group"]) if safety else ({}, None)
    meant = min(degrees.get(EMERGENCY, 0.0), degrees.get(CRISIS, 0.0)) >= table().overdose_meant
    if group == OVERDOSE and meant or intent == Intent.CRISIS and stood.group == OVERDOSE:
        return Response.TAKEN
    if intent == Intent.CRISIS:
        return Response.CRISIS
    return alarm_of(group or (stood.group if stood.state == Intent.EMERGENCY else None))


def began(response: str) -> Optional[Stands]:
    """What a reply lets stand by itself, whoever says it; None for most."""
    if response == Response.TAKEN:
        return Stands(Intent.CRISIS, OVERDOSE)
    if response in ALARMS:
        group = response.removeprefix(f"{Response.EMERGENCY}_")
        return Stands(ALARMS[response], group if group in table().groups else None)
    return Stands(Intent.URGENT) if response == content.response_to(Intent.URGENT) else None


def question(turn: Turn) -> Optional[str]:
    """What a yes, a no or a button says to the question that the last turn ended with; None where to none."""
    asked = next((name for name in turn.before if name in table().questions), None)
    if not asked:
        return None
    answers, said = table().questions[asked], content.response_to(turn.intent)
    if turn.intent == Intent.AFFIRM or asked == said == Response.DELETE:
        settles: Optional[str] = answers["yes"]
    else:
        settles = answers["no"] if turn.intent == Intent.DENY or said == answers["no"] else None
    return asked if settles and turn.late else settles  # what answers an earlier question leaves this one open


def _outdated(turn: Turn) -> bool:
    """True for words that edit older ones, and for a button of a time before the last alarm: they settle nothing."""
    if not turn.late:
        return False
    since = takewhile(lambda each: each is not turn.to, reversed(turn.conversation()[:-1]))
    return not turn.pressed or turn.to is None or any(said in ALARMS for each in since for said in each.said)


def _state(turn: Turn) -> State:
    """The lines of what stands, where something does."""
    return table().states[turn.stands.state or ""]


def _acts(turn: Turn) -> dict[str, float]:
    """What the message may mean beside what stands, with probabilities."""
    if turn.intent in table().buttons and not turn.parsed.get(SAFETY):  # pressed, not typed
        return {table().buttons[turn.intent]: 1.0}
    sequel = turn.parsed.get(SEQUEL)
    if not sequel or sequel["kind"] != ALARMED:
        return {}
    return {entry["name"]: entry["confidence"] for entry in sequel["ranking"]}


def _surely_alarms(turn: Turn) -> bool:
    """True where a message alarms whatever it means beside what stands: by its probability, a sign, or a button."""
    safety = turn.parsed.get(SAFETY)
    if not turn.is_alarm or not safety or safety["signs"]:
        return turn.is_alarm
    return at_least(safety["degrees"])[ALARM] >= _state(turn).anew


def step(turn: Turn) -> Step:
    """The table's line for a message: that of what it surely means, else of anything else."""
    state, group = _state(turn), turn.stands.group
    if _outdated(turn):
        return state.step(None, group)
    weighed: dict[Step, float] = {}
    for act, probability in _acts(turn).items():
        found = state.step(act, group)
        weighed[found] = weighed.get(found, 0.0) + probability
    best = max(weighed, key=weighed.__getitem__, default=None)
    needed = state.settles if best and best.then == SETTLED else table().sure
    if best and weighed[best] >= (max(needed, table().known) if turn.is_alarm else needed):
        return state.step(None, group) if best.then == SETTLED and _surely_alarms(turn) else best
    return state.step(_BY_INTENT.get(turn.intent or "") if turn.sure else None, group)


def alarms_anew(turn: Turn, met: Step) -> bool:
    """True where an alarming message is more than what stands, or nothing else is known of it."""
    state, group = turn.stands
    if not turn.is_alarm or began(met.say):
        return False
    safety, known = turn.parsed.get(SAFETY), _state(turn)
    if not _surely_alarms(turn) and met not in [known.step(act, group) for act in (None, "after_yes", "after_worse")]:
        return False
    if not safety or state == Intent.URGENT:  # its button was pressed, or less stood
        return True
    if turn.intent != state:
        return (state, group) != (Intent.CRISIS, OVERDOSE)  # whose replies name the emergency number first
    of_another_kind = safety["group"] not in (None, group) and met == known.step("after_worse", group)
    return of_another_kind or met == known.step(None, group)


def foreign(turn: Turn) -> Optional[str]:
    """What a message in another language gets, in that language: its alarm, else that of what stands, or the refusal.

    What a message means beside what stands was learned from English, and says nothing of another language.
    """
    language = turn.parsed.get(LANGUAGE)
    if not language:
        return None
    if turn.is_alarm:
        return alarm(turn.parsed, turn.intent, turn.stands)
    state = turn.stands.state
    english = content.response_to(state) if state in EMERGENCIES else Response.OUT_OF_SCOPE
    translated = content.in_language(english, language)
    return translated if translated != english else None


def beside(turn: Turn, met: Step, answers: list[str]) -> list[str]:
    """A state's own reply and what of the answers may follow it; where none may, the reply that says "later"."""
    state = _state(turn)
    if turn.intent in table().always and turn.sure:
        return [met.say, content.response_to(turn.intent)]
    if not met.answer:
        return [met.say]
    wanted = [each for each in answers if each.startswith(content.FAQ) or turn.intent in state.beside]
    allowed = [each for each in wanted if state.allows(each)]
    return [state.instead if wanted and not allowed else met.say, *allowed]


def leaves(turn: Turn, said: list[str]) -> Stands:
    """What stands after a turn: it follows from what stood and from what was said."""
    stands = turn.stands
    for response in map(content.original, said):
        new = began(response)
        if new:
            stands = _joined(stands, new)
        elif turn.stands.state and table().states[turn.stands.state].then(response) == SETTLED:
            stands = NOTHING
    return stands


def _joined(stood: Stands, new: Stands) -> Stands:
    """Of two things that stand the graver; of the groups of one, too."""
    if new.state == Intent.URGENT and stood.state:
        return stood
    if new.state != stood.state:
        return new
    return Stands(new.state, next((group for group in table().groups if group in (stood.group, new.group)), None))
