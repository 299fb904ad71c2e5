"""Decides what is said to a message: its subject's answer, and what goes before, beside or instead of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Optional

from rasa.core.constants import POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide import content, feedback, follow_ups, guard, visit_note
from rashguide.stores import DELETED
from rashguide.two_questions import PARTS
from rashguide.understanding import signs
from rashguide.understanding.bands import OFFERS
from rashguide.understanding.language import LANGUAGE
from rashguide.understanding.safety import ALARM, CHECK, CRISIS, EMERGENCIES, SAFETY
from rashguide.understanding.scope import NOT_COVERED
from rashguide.visit_note import Note

CHECKED = "utter_safety_check"
CHECKED_DESPAIR = "utter_safety_check_crisis"
DELETE = "utter_delete_conversation"
# What was said in the last turn, and what it makes of a yes, of an all-clear, and of anything else. The alarms
# themselves ask nothing, so that a yes to them could mean anything: it is met with the question that follows them.
AFTER = {
    "utter_emergency": ("utter_still_careful", "utter_stand_down", "utter_still_careful"),
    "utter_still_careful": ("utter_emergency", "utter_stand_down", "utter_still_careful"),
    "utter_crisis": ("utter_still_here", "utter_still_here", "utter_still_here"),
    "utter_still_here": ("utter_crisis", "utter_safe_for_now", "utter_still_here"),
    CHECKED: ("utter_emergency", "utter_safety_check_no", None),
    CHECKED_DESPAIR: ("utter_crisis", "utter_safe_for_now", None),
    DELETE: (DELETED, "utter_conversation_kept", None),
}
ALARMS = {"utter_emergency", "utter_crisis"}
NOTHING_NEAR = "utter_nothing_near"
NO_SUBJECT = {NOTHING_NEAR, "utter_unsure", "utter_out_of_scope"}
NOT_COVERED_ANSWER = "utter_out_of_scope_medical"
TALK = {"greet", "thanks", "goodbye", "affirm", "deny", *follow_ups.FOLLOW_UPS}
BEYOND_DOUBT = 0.95
REPORTED = "utter_report_symptom"
HELPFUL = "utter_helpful"
FIRST_ASKED, ASKED_EVERY = 3, 8  # answers until a person is first, and then again, asked whether one helped
# What the guide has an answer to beside its subjects, also in the middle of a visit note.
BESIDE = {"talk_to_human", "privacy", "bot_challenge", "capabilities"}
ASKS = re.compile(
    r"^\W*(and|but|so|ok|wait|hang on|also|quick question)?\W*"
    r"(what|whats|why|how|is|can|could|should|will|does|do|are|who|when|which|would|did|am|may)\b",
    re.I,
)


@dataclass
class Turn:
    """One message as it was understood, and the responses uttered to it so far."""

    parsed: dict[str, Any]
    intent: Optional[str]
    said: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The person's words, or the words on the button that they pressed."""
        return self.parsed.get("text") or ""

    @property
    def sure(self) -> bool:
        """True where the intent is beyond doubt."""
        return self.parsed.get("intent", {}).get("confidence", 0.0) >= BEYOND_DOUBT


def turns_of(tracker: DialogueStateTracker) -> list[Turn]:
    """The conversation so far, the message to be answered last."""
    turns: list[Turn] = []
    for event in tracker.events:  # nothing is ever taken back, which Rasa's applied_events would look for
        if isinstance(event, SessionStarted):
            turns.clear()
        elif isinstance(event, UserUttered):
            turns.append(Turn({**(event.parse_data or {}), "text": event.text}, event.intent.get("name")))
        elif turns and isinstance(event, ActionExecuted) and (event.action_name or "").startswith(content.UTTER):
            turns[-1].said.append(event.action_name)
    return turns


def told(turns: list[Turn]) -> list[str]:
    """Every response before the message to be answered, in order."""
    return [response for turn in turns[:-1] for response in turn.said]


def is_aside(turn: Turn, step: str, before: list[str], earlier: list[str]) -> bool:
    """True where a message in the middle of a visit note is a question of its own, and no answer to the note's."""
    if step == "ask" and turn.intent not in BESIDE:
        return False
    if turn.intent in BESIDE or turn.parsed.get(PARTS):
        return True
    answered = any(response.startswith((content.FAQ, follow_ups.SIMPLER, follow_ups.WORD)) for response in before)
    if answered and follow_ups.resolve(turn.parsed, turn.intent, earlier):
        return True
    if turn.intent in content.choices() and not turn.parsed.get(SAFETY):
        return not turn.intent.startswith("visit_")  # a pressed button
    return bool(ASKS.search(turn.text)) and ("?" in turn.text or content.is_faq(turn.intent))


def standing_after(before: list[str]) -> Optional[tuple[str, str, Optional[str]]]:
    """What the last turn's question or alarm makes of the next message, as in ``AFTER``; None where none stands."""
    return next((AFTER[name] for name in before if name in AFTER), None)


def settled(turn: Turn, before: list[str]) -> Optional[str]:
    """The response to what a message says to a safety check, an alarm or another question that stands; else None."""
    standing = standing_after(before)
    if not standing:
        return None
    answer = content.response_to(turn.intent)
    asked_again = standing == AFTER[DELETE] and answer == DELETE
    if turn.intent == "affirm" or asked_again:
        return standing[0]
    alarmed = bool(ALARMS & set(before))
    if turn.intent == "deny":
        # To an alarm, which asks nothing, "no" may mean "no, I haven't called": only an all-clear stands it down. To
        # the question after it a plain "no" does, but nothing that was merely taken for one.
        sure = signs.all_clear(turn.text) or (signs.refuses(turn.text) and not alarmed)
        return standing[1] if sure else standing[2] or standing[1]
    if answer == standing[1] and not alarmed:  # the question's own button
        return standing[1]
    if turn.intent == "safety_check_no" and standing[2]:  # the button of an older check
        return standing[2]
    return None


def note_of(turns: list[Turn]) -> tuple[Note, Optional[list[str]]]:
    """The visit note as it stands after the last turn, and what is said of it; None where that turn is none of it."""
    note, said = Note(), None
    earlier: list[str] = []
    for position, turn in enumerate(turns):
        before = turns[position - 1].said if position else []
        said = None
        if ALARMS & set(turn.said) or is_alarm(turn):
            note = note.stopped()
        elif not settled(turn, before):
            intent = "visit_note" if turn.intent == "affirm" and REPORTED in before and not note.step else turn.intent
            aside = bool(note.step) and is_aside(turn, note.step, before, earlier)
            note, said = visit_note.met(note, turn.text, intent, aside, turn.sure)
        earlier += turn.said
    return note, said


def is_alarm(turn: Turn) -> bool:
    """True where the message tells of an emergency, or its button says so."""
    return turn.parsed.get(SAFETY, {}).get("outcome") == ALARM or turn.intent in EMERGENCIES


def opinion(turn: Turn, before: list[str]) -> Optional[str]:
    """What the message says to "Was this answer helpful?"; None where it says nothing to it."""
    if turn.intent in feedback.OPINIONS:
        return turn.intent
    if HELPFUL in before and turn.intent in ("affirm", "deny"):
        return "helpful_yes" if turn.intent == "affirm" else "helpful_no"
    return None


def subject_answers(turn: Turn, before: list[str], earlier: list[str]) -> list[str]:
    """The responses to what the message asks for, the visit note aside."""
    parsed, intent = turn.parsed, turn.intent
    if parsed.get(PARTS):
        return [content.response_to(part) for part in parsed[PARTS]]
    said_of_it = opinion(turn, before)
    last = follow_ups.last_subject(earlier)
    if said_of_it == "unhelpful_hard":
        return [follow_ups.simpler(last, earlier)]
    if said_of_it == "unhelpful_little":
        return [follow_ups.more(last, earlier)]
    if said_of_it:
        return [f"utter_{said_of_it}"]
    leaning = follow_ups.resolve(parsed, intent, earlier)
    if leaning:
        return [leaning]

    foreign = f"utter_out_of_scope_{parsed.get(LANGUAGE)}"
    if intent == DEFAULT_NLU_FALLBACK_INTENT_NAME:
        answer = "utter_unsure" if parsed.get(OFFERS) else NOTHING_NEAR
    else:
        answer = content.response_to(intent)
    if answer in NO_SUBJECT and foreign.removeprefix(content.UTTER) in content.subjects():
        answer = foreign
    specific = f"{NOT_COVERED_ANSWER}_{parsed.get(NOT_COVERED)}"
    if answer == NOT_COVERED_ANSWER and specific.removeprefix(content.UTTER) in content.subjects():
        answer = specific
    fits = follow_ups.fitting(turn.text) if answer == REPORTED else None
    return [answer, fits] if fits else [answer]


def plan(turns: list[Turn]) -> list[str]:
    """The responses that the last turn needs, in order."""
    turn = turns[-1]
    parsed, intent = turn.parsed, turn.intent
    before = turns[-2].said if len(turns) > 1 else []
    earlier = told(turns)
    if is_alarm(turn):
        return [content.response_to(turn.intent)]

    note, of_note = note_of([*turns[:-1], Turn(parsed, intent)])
    asking = [visit_note.question(note.step)] if note.step else []

    # A safety check stands first in its turn, what follows an alarm stands alone or first: one turn holds one of them.
    settles = settled(turn, before)
    if settles:
        return [settles, *([] if settles in AFTER or settles == DELETED else asking)]
    standing = standing_after(before)

    if of_note is not None:
        answers = of_note
    else:
        answers = subject_answers(turn, before, earlier) + asking
        if not asking and asks_opinion(answers, earlier):
            answers.append(HELPFUL)

    check = None
    if parsed.get(SAFETY, {}).get("outcome") == CHECK:
        check = CHECKED_DESPAIR if parsed[SAFETY]["tier"] == CRISIS else CHECKED
    if standing and standing[2]:
        bare = intent in TALK | {DEFAULT_NLU_FALLBACK_INTENT_NAME} and of_note is None
        return [standing[2]] if bare else list(dict.fromkeys([standing[2], *answers]))
    if check and of_note is not None and visit_note.is_command(turn.text) and not parsed[SAFETY]["signs"]:
        check = None  # the regression knows no such words
    if check and (of_note is not None or asking):
        return [check]  # the note goes on once it is settled
    if check and check != answers[0]:
        return [check, *answers]
    return answers


def asks_opinion(answers: list[str], earlier: list[str]) -> bool:
    """True for the third answer of a conversation, and the eighth one since it was last asked."""
    if not answers[-1].startswith(content.FAQ):
        return False
    asked = max((place for place, response in enumerate(earlier, 1) if response == HELPFUL), default=0)
    since = sum(response.startswith(content.FAQ) for response in [*earlier[asked:], *answers])
    return since >= (ASKED_EVERY if asked else FIRST_ASKED)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class AnswerPolicy(Policy):
    """Goes from what was understood to what is said, once for all subjects.

    Rules could not: ``rasa data validate`` (3.6.21, validator.py:158) takes a rule's ``utter_faq/<id>`` for unknown.
    RulePolicy, with nothing left to settle, would cost as much as the encoder.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Its priority among policies; it is the only one."""
        return {POLICY_PRIORITY: 1}

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        guard.install()

    def train(self, training_trackers: list[DialogueStateTracker], domain: Domain, **kwargs: Any) -> Resource:
        """Nothing to learn."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[dict[str, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """The plan's next response, then listening."""
        probabilities = self._default_predictions(domain)
        message = tracker.latest_message
        if message is None or tracker.latest_action_name is None:
            return self._prediction(probabilities)
        turns = turns_of(tracker)
        if not turns:
            return self._prediction(probabilities)
        planned, since = plan(turns), turns[-1].said
        following = planned[len(since)] if len(since) < len(planned) else ACTION_LISTEN_NAME
        probabilities[domain.index_for_action(following)] = 1.0
        return self._prediction(probabilities)
