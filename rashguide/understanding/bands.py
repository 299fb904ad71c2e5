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
BOTH: Final = "both"
MOST_OFFERS = 3
# An answer that is wrong has the right subject next in the ranking nearly always, at this probability or more.
MAY_BE_MEANT = 0.01
# A message that may be either of two things is answered on both: where the likelier is less sure than ALONE, the other
# at least SECOND, and one of them an answer from the article.
ALONE, SECOND = 0.85, 0.1
BESIDE_AN_ANSWER = (Intent.DIAGNOSIS, Intent.REPORT, Intent.DOSING)  # what is said first of the two
KEPT_RANKING = 6  # what is stored of the ranking with each message; the rest is of no more use
# Said where the degree of alarm calls for it, whatever the words are about.
ALARMING = {*EMERGENCIES, Intent.URGENT}
DECLINED = {Intent.OUT_OF_SCOPE, Intent.OUT_OF_SCOPE_MEDICAL, *BESIDE_AN_ANSWER}
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


def in_scope(ranking: list[Ranked], elsewhere: bool) -> list[Ranked]:
    """The ranking, of a message about another medicine without answers, "not covered" in the first one's place."""
    if not elsewhere:
        return ranking
    others = [entry for entry in ranking if not content.is_faq(entry["name"])]
    led = content.is_faq(ranking[0]["name"])
    return [{"name": Intent.OUT_OF_SCOPE_MEDICAL, "confidence": 1.0}, *others] if led else others


def acted_on(ranking: list[Ranked], chosen: Thresholds) -> list[str]:
    """The subjects that are answered, or declined, without asking: one, or both that it may be; none where unsure."""
    best, together = ranking[0], sum(each["confidence"] for each in ranking[:2])
    if _are_both_said(ranking[:2]) and together >= chosen.both:
        return sorted((each["name"] for each in ranking[:2]), key=lambda name: name not in BESIDE_AN_ANSWER)
    if content.is_faq(best["name"]):
        least = chosen.answer
    else:
        least = chosen.decline if best["name"] in DECLINED else chosen.talk
    return [best["name"]] if best["confidence"] >= least else []


def _are_both_said(likeliest: list[Ranked]) -> bool:
    answers = [content.is_faq(each["name"]) for each in likeliest]
    fitting = all(each["name"] in BESIDE_AN_ANSWER or answer for each, answer in zip(likeliest, answers))
    unsure = likeliest[0]["confidence"] < ALONE and likeliest[-1]["confidence"] >= SECOND
    return len(likeliest) > 1 and unsure and fitting and any(answers)


def _meant_instead(answered: Ranked, questions: list[Ranked]) -> list[str]:
    """The question that may have been meant instead of the one that is answered, where there is one."""
    if answered["confidence"] == 1.0 or not content.is_faq(answered["name"]):
        return []
    others = [entry for entry in questions if entry["name"] != answered["name"] and content.is_faq(entry["name"])]
    return [entry["name"] for entry in others[:1] if entry["confidence"] >= MAY_BE_MEANT]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ConfidenceBands(Component):
    """Settles the message's intent. Unsure means Rasa's ``nlu_fallback``.

    ``offers`` holds what could be offered instead of an answer, or what else may have been meant beside one; ``both``
    the two subjects of a message that may be about either, in the order in which they are said.
    """

    @classmethod
    def prepare(cls) -> None:
        """Reads the thresholds once."""
        thresholds()

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets ``intent``, ``offers`` and ``both``. Only the detector alarms, whatever subject comes out on top."""
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
            questions = [entry for entry in ranking if entry["name"] not in NOT_OFFERED][:MOST_OFFERS]
            label = _labels().get(_bare(message.get(TEXT) or ""))
            if label:  # typed as its button says it
                ranking = [{"name": label, "confidence": 1.0}, *ranking]
            ranking = in_scope(ranking, message.get(ELSEWHERE))
            best, subjects = ranking[0], acted_on(ranking, chosen)
            if subjects:
                message.set("intent", best, add_to_output=True)
                message.set(OFFERS, _meant_instead(best, questions), add_to_output=True)
                message.set(BOTH, subjects if len(subjects) > 1 else [], add_to_output=True)
                continue
            near = [entry["name"] for entry in questions if entry["confidence"] >= chosen.offer]
            unsure = {"name": DEFAULT_NLU_FALLBACK_INTENT_NAME, "confidence": 1.0 - best["confidence"]}
            message.set("intent", unsure, add_to_output=True)
            message.set(OFFERS, near, add_to_output=True)
        return fold(messages)
