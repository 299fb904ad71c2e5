"""What the guide makes of its confidence: alarm, answer, offer the nearest subjects, or say that nothing is near."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.constants import DEFAULT_NLU_FALLBACK_INTENT_NAME
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from rashguide import content
from rashguide.content.names import EMERGENCIES, FOLLOW_UPS, Intent
from rashguide.understanding.component import Component
from rashguide.understanding.keys import ALARM, SAFETY, TODAY, Ranked, Safety
from rashguide.understanding.language import LANGUAGE
from rashguide.understanding.questions import fold
from rashguide.understanding.reader import plain
from rashguide.understanding.scope import ELSEWHERE
from rashguide.understanding.thresholds import Thresholds, thresholds

OFFERS: Final = "offers"
MOST_OFFERS = 3
# An answer that is wrong has the right subject next in the ranking nearly always, at this probability or more.
MAY_BE_MEANT = 0.01
OUTWEIGHS = 0.5  # what an answer takes at least: to be likelier than all else together
KEPT_RANKING = 6  # what is stored of the ranking with each message; the rest is of no more use
# Said where the degree of alarm calls for it, whatever the words are about.
ALARMING = {*EMERGENCIES, Intent.URGENT}
# No questions that anybody would want to be asked whether they meant.
NOT_OFFERED = {
    Intent.GREET,
    Intent.GOODBYE,
    Intent.THANKS,
    Intent.AFFIRM,
    Intent.DENY,
    Intent.OUT_OF_SCOPE,
    Intent.URGENT,
    Intent.CLINIC,
    Intent.REMIND,
    Intent.SEND,
    *FOLLOW_UPS,
}


def _bare(text: str) -> str:
    return plain(text).strip(" ?.!").lower()


@lru_cache(maxsize=1)
def _labels() -> dict[str, str]:
    return {_bare(subject.metadata["label"]): subject.id for subject in content.subjects().values() if subject.is_faq}


def gets_said(best: Ranked, ranking: list[Ranked], chosen: Thresholds) -> bool:
    """Whether a subject is likely enough to be answered, or declined, without asking.

    ``ranking``: the ``KEPT_RANKING`` first. Which question it is may be less sure where it surely is one that the guide
    answers, as the next likely stands below the answer then.
    """
    if not content.is_faq(best["name"]):
        return best["confidence"] >= chosen.decline
    covered = sum(entry["confidence"] for entry in ranking if content.is_faq(entry["name"]))
    outweighs = best["confidence"] >= OUTWEIGHS and covered >= chosen.covered
    return best["confidence"] >= chosen.answer or outweighs


def _meant_instead(answered: Ranked, questions: list[Ranked]) -> list[str]:
    """The question that may have been meant instead of the one that is answered, where there is one."""
    if answered["confidence"] == 1.0 or not content.is_faq(answered["name"]):
        return []
    others = [entry for entry in questions if entry["name"] != answered["name"] and content.is_faq(entry["name"])]
    return [entry["name"] for entry in others[:1] if entry["confidence"] >= MAY_BE_MEANT]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ConfidenceBands(Component):
    """Settles the message's intent. Unsure means Rasa's ``nlu_fallback``.

    ``offers`` holds what could be offered instead of an answer, or what else may have been meant beside one.
    """

    @classmethod
    def prepare(cls) -> None:
        """Reads the thresholds once."""
        thresholds()

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets ``intent`` and ``offers``. Only the detector alarms, whatever subject comes out on top."""
        chosen = thresholds()
        for message in messages:
            safety: Safety = message.get(SAFETY)
            ranked: list[Ranked] = message.get("intent_ranking")
            message.set("intent_ranking", ranked[:KEPT_RANKING], add_to_output=True)
            if safety["outcome"] in (ALARM, TODAY):
                name = safety["tier"] if safety["outcome"] == ALARM else Intent.URGENT
                message.set("intent", {"name": name, "confidence": 1 - safety["degrees"]["none"]}, add_to_output=True)
                message.set(OFFERS, [], add_to_output=True)
                continue
            if message.get(LANGUAGE):  # neither small talk nor an answer in English
                message.set("intent", {"name": Intent.OUT_OF_SCOPE, "confidence": 1.0}, add_to_output=True)
                message.set(OFFERS, [], add_to_output=True)
                continue
            ranking = [entry for entry in ranked if entry["name"] not in ALARMING]
            best = ranking[0]
            label = _labels().get(_bare(message.get(TEXT) or ""))
            if label:  # typed as its button says it
                best = {"name": label, "confidence": 1.0}
            if message.get(ELSEWHERE) and content.subjects()[best["name"]].is_faq:
                best = {"name": Intent.OUT_OF_SCOPE_MEDICAL, "confidence": 1.0}
            questions = [entry for entry in ranking if entry["name"] not in NOT_OFFERED][:MOST_OFFERS]
            if gets_said(best, ranked[:KEPT_RANKING], chosen):
                message.set("intent", best, add_to_output=True)
                message.set(OFFERS, _meant_instead(best, questions), add_to_output=True)
                continue
            near = [entry["name"] for entry in questions if entry["confidence"] >= chosen.offer]
            unsure = {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0 - best["confidence"]}
            message.set("intent", unsure, add_to_output=True)
            message.set(OFFERS, near, add_to_output=True)
        return fold(messages)
