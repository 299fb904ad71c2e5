"""Rasa's policy: predicts the plan's responses one by one, then listening."""

from __future__ import annotations

from typing import Any, Optional

from rasa.core.constants import POLICY_PRIORITY
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide.content.names import EMERGENCIES, STANDING, STANDING_GROUP, Response, Slot
from rashguide.dialogue import handover, standing, turns
from rashguide.dialogue.plan import plan


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

    def train(self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any) -> Resource:
        """Nothing to learn."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[dict[str, Any]] = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """The plan's next response or action, then listening. The plan is made once a message, followed by position."""
        probabilities = self._default_predictions(domain)
        turn = turns.under_way(tracker) if tracker.latest_action_name else None
        if turn is None:
            return self._prediction(probabilities)
        if turn.planned is None:
            turn.planned = plan(turn)
            turn.left = standing.leaves(turn, turn.planned)
        position = len(turns.done_since(tracker))
        following = turn.planned[position] if position < len(turn.planned) else ACTION_LISTEN_NAME
        if turns.unserved(tracker):
            following = Response.NOT_NOW
        probabilities[domain.index_for_action(following)] = 1.0
        return self._prediction(probabilities, events=kept(turn) if position == 0 else [])


def kept(turn: turns.Turn) -> list[Event]:
    """What stands after the turn, as slots, where it changed.

    An alarm stops the visit note and the handover, here and not in an action: alarms need no other server.
    """
    slots: dict[str, tuple[Any, Any]] = {
        STANDING: (turn.stands.state, turn.left.state),
        STANDING_GROUP: (turn.stands.group, turn.left.group),
    }
    if turn.left.state in EMERGENCIES:
        slots[Slot.STEP] = (turn.step, None)
        if handover.stage(turn):
            slots[Slot.HANDOVER] = (handover.state(turn), None)
    changed = {name: after for name, (before, after) in slots.items() if before != after}
    return [SlotSet(name, value) for name, value in {**turn.restored, **changed}.items()]
