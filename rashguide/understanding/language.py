"""Whether a message is in another language: its emergencies are met, and its writer is told what is read here."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Final, Optional

from py3langid.langid import MODEL_FILE, LanguageIdentifier
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from rashguide import content
from rashguide.understanding import tongues
from rashguide.understanding.component import Component
from rashguide.understanding.keys import ALARM, CHECK, CLEAR, SAFETY, Safety

LANGUAGE: Final = "language"
SURE = 0.95
COMMON = 5  # phrases that hold a word, from which on it counts as English
_WORD = re.compile(r"[^\W\d_]+")


@lru_cache(maxsize=1)
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_pickled_model(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(tongues.languages()))
    return identifier


@lru_cache(maxsize=1)
def _english() -> frozenset[str]:
    """The words that several of the guide's own phrases hold."""
    counted = Counter(word for text, _ in content.phrases() for word in set(_WORD.findall(text.lower())))
    return frozenset(word for word, count in counted.items() if count >= COMMON)


def _mostly_english(text: str) -> bool:
    """True where most words are English: the identifier takes "is dupi rash permanent" for French."""
    found = _WORD.findall(text.lower())
    return sum(word in _english() for word in found) > len(found) / 2


def spot(text: str) -> Optional[str]:
    """The name of the language where it is surely one of ``tongues.languages``; None for English or too few words."""
    letters = [letter for letter in text if letter.isalpha()]
    foreign_script = sum(letter > "\u024f" for letter in letters) > len(letters) / 2
    if not letters or (len(text.split()) < 3 and not foreign_script):
        return None
    if _mostly_english(text):
        return None
    code, probability = _identifier().classify(text)
    name = tongues.languages()[code]
    return name if probability >= SURE and name != tongues.ENGLISH else None


def weighed(safety: Safety, found: Optional[tongues.Finding], language: Optional[str]) -> Safety:
    """What is known of a message's safety, with what the lists found in it.

    What was learned from English phrases says nothing of another language: there the lists count, and the refusal
    names the number first.
    """
    if found and found.kind in tongues.TIERS:
        return {**safety, "outcome": ALARM, "tier": found.kind, "group": None}
    if found and found.kind == tongues.CHECK:
        return {**safety, "outcome": CHECK} if safety["outcome"] == CLEAR else safety
    return {**safety, "outcome": CLEAR} if language and not safety["signs"] else safety


def language_of(text: str, safety: Safety, found: Optional[tongues.Finding]) -> Optional[str]:
    """The language to answer in; None for English, also where signs of the English list stand beside another's."""
    if found is None:
        return None if safety["signs"] else spot(text)
    return None if found.language == tongues.ENGLISH or safety["signs"] else found.language


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LanguageSpotter(Component):
    """Sets ``language`` on each message, None for English, and raises its ``safety`` by the lists of that language."""

    @classmethod
    def prepare(cls) -> None:
        """Loads tables and lists once."""
        _identifier()
        _english()
        tongues.load()

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the language's name, and what its list says."""
        for message in messages:
            text, safety = message.get(TEXT) or "", message.get(SAFETY)
            found = tongues.find(text)
            language = language_of(text, safety, found)
            message.set(LANGUAGE, language, add_to_output=True)
            message.set(SAFETY, weighed(safety, found, language), add_to_output=True)
        return messages
