"""Decides what is said to a message: its subject's answer, and what goes before, beside or instead of it."""

from __future__ import annotations

from typing import Any, Optional

from rasa.core.constants import POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide import guard
from rashguide.stores import DELETED
from rashguide.understanding import signs
from rashguide.understanding.bands import OFFERS
from rashguide.understanding.language import LANGUAGE
from rashguide.understanding.safety import ALARM, CHECK, CRISIS, EMERGENCIES, SAFETY
from rashguide.understanding.scope import NOT_COVERED

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
TALK = {"greet", "thanks", "goodbye", "affirm", "deny"}


def response_to(intent: Optional[str], domain: Domain) -> str:
    """The response that answers an intent: ``utter_faq/<id>`` or ``utter_<id>``."""
    faq = f"utter_faq/{intent}"
    return faq if faq in domain.responses else f"utter_{intent}"


def said(tracker: DialogueStateTracker) -> tuple[list[str], list[str]]:
    """What was uttered in the turn before the last message, and since it."""
    before: list[str] = []
    since: list[str] = []
    messages = 0
    for event in reversed(tracker.applied_events()):
        if isinstance(event, UserUttered):
            messages += 1
            if messages == 2:
                break
        elif isinstance(event, ActionExecuted) and (event.action_name or "").startswith("utter_"):
            (since if messages == 0 else before).insert(0, event.action_name)
    return before, since


def plan(parsed: dict[str, Any], intent: Optional[str], before: list[str], domain: Domain) -> list[str]:
    """The responses that this turn needs, in order; none for what only a rule can settle."""
    outcome = parsed.get(SAFETY, {}).get("outcome")
    if outcome == ALARM or intent in EMERGENCIES:
        return [response_to(intent, domain)]

    # A safety check stands first in its turn, what follows an alarm stands alone or first: one turn holds one of them.
    standing = next((AFTER[name] for name in before if name in AFTER), None)
    asked_again = standing == AFTER[DELETE] and response_to(intent, domain) == DELETE
    if standing and (intent == "affirm" or asked_again):
        return [standing[0]]
    alarmed = bool(ALARMS & set(before))
    if standing and intent == "deny":
        # To an alarm, which asks nothing, "no" may mean "no, I haven't called": only an all-clear stands it down. To
        # the question after it a plain "no" does, but nothing that was merely taken for one.
        text = parsed.get("text") or ""
        sure = signs.all_clear(text) or (signs.refuses(text) and not alarmed)
        return [standing[1] if sure else standing[2] or standing[1]]
    if standing and response_to(intent, domain) == standing[1] and not alarmed:  # the question's own button
        return [standing[1]]
    if intent == "safety_check_no" and standing and standing[2]:  # the button of an older check
        return [standing[2]]

    foreign = f"utter_out_of_scope_{parsed.get(LANGUAGE)}"
    if intent == DEFAULT_NLU_FALLBACK_INTENT_NAME:
        answer = "utter_unsure" if parsed.get(OFFERS) else NOTHING_NEAR
    else:
        answer = response_to(intent, domain)
    if answer in NO_SUBJECT and foreign in domain.responses:
        answer = foreign
    specific = f"{NOT_COVERED_ANSWER}_{parsed.get(NOT_COVERED)}"
    if answer == NOT_COVERED_ANSWER and specific in domain.responses:
        answer = specific

    check = None
    if outcome == CHECK:
        check = CHECKED_DESPAIR if parsed[SAFETY]["tier"] == CRISIS else CHECKED
    if standing and standing[2]:
        return [standing[2]] if intent in TALK else [standing[2], answer]
    if check and check != answer:
        return [check, answer]
    return [answer] if answer != NOTHING_NEAR else []


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class AnswerPolicy(Policy):
    """Goes from what was understood to what is said, once for all subjects.

    Rules could not: ``rasa data validate`` (3.6.21, validator.py:158) takes a rule's ``utter_faq/<id>`` for unknown.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Its priority: above RulePolicy's 6."""
        return {POLICY_PRIORITY: 7}

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
        """The plan's next response, then listening; nothing where there is no plan."""
        probabilities = self._default_predictions(domain)
        message = tracker.latest_message
        if message is None or tracker.latest_action_name is None:
            return self._prediction(probabilities)
        before, since = said(tracker)
        planned = plan(message.parse_data or {}, message.intent.get("name"), before, domain)
        if planned:
            following = planned[len(since)] if len(since) < len(planned) else ACTION_LISTEN_NAME
            probabilities[domain.index_for_action(following)] = 1.0
        return self._prediction(probabilities)
