"""Whether a message tells of an emergency: the regression's own verdict, and beside it the list of signs."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from rashguide.content.names import EMERGENCIES, Intent
from rashguide.understanding import signs
from rashguide.understanding.component import Component
from rashguide.understanding.reader import DOC
from rashguide.understanding.thresholds import thresholds

ALARM, CHECK, CLEAR = "alarm", "check", "clear"
SAFETY = "safety"


def outcome(probability: float, listed: bool) -> str:
    """What a message's emergency probability, and a sign of the list in it, call for."""
    chosen = thresholds()
    if probability >= chosen.alarm:
        return ALARM
    return CHECK if listed or probability >= chosen.check else CLEAR


def tier(ranking: dict[str, float], listed: list[str]) -> str:
    """Whether it is an emergency of the body or of despair: the list says so where it can, else the likelier."""
    if listed:
        return Intent.CRISIS if listed == [signs.CRISIS] else Intent.EMERGENCY
    likelier = ranking.get(Intent.CRISIS, 0.0) > ranking.get(Intent.EMERGENCY, 0.0)
    return Intent.CRISIS if likelier else Intent.EMERGENCY


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class SafetyDetector(Component):
    """Sets ``safety`` on each message: outcome, tier, probability and the listed signs that it found.

    The probability is what the topics' regression gives to the two emergencies together; a regression of its own, a
    support vector machine and nearest neighbours on the same vectors were no better (docs/architecture.md).
    """

    @classmethod
    def prepare(cls) -> None:
        """Reads thresholds and list once."""
        thresholds()
        signs.load()

    def process(self, messages: list[Message]) -> list[Message]:
        """Weighs both layers."""
        for message in messages:
            ranking = {entry["name"]: entry["confidence"] for entry in message.get("intent_ranking")}
            probability = sum(ranking.get(name, 0.0) for name in EMERGENCIES)
            listed = signs.present(message.get(DOC))
            found = {
                "outcome": outcome(probability, bool(listed)),
                "tier": tier(ranking, listed),
                "probability": float(probability),
                "signs": listed,
            }
            message.set(SAFETY, found, add_to_output=True)
        return messages
