"""What an uncovered health question is about, by the words that ``data/scope/not_covered.yml`` lists."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, Optional

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message
from spacy.matcher import PhraseMatcher
from spacy.tokens import Doc

from rashguide import content
from rashguide import linear as re
from rashguide.content.names import Family
from rashguide.understanding.component import Component
from rashguide.understanding.reader import DOC, english, read

NOT_COVERED: Final = "not_covered"
OTHER_DRUG: Final = "other_drug"  # a kind of what is not covered
ELSEWHERE: Final = "elsewhere"
OURS = re.compile(r"d[uio]+p+[eiyu]?[xslc]|dup[iey]|dopi|dipu")  # Dupixent and dupilumab, as people spell them
PREFIX = Family.NOT_COVERED.removeprefix(content.UTTER)
PLAIN = PREFIX.rstrip("_")
# Words that may point at Dupixent without naming it.
POINTING = {"it", "its", "this", "these", "they", "them", "shot", "injection", "inject", "jab", "pen", "biologic"}
OUR_SIGNS = {"rash", "eczema", "skin", "dermatitis", "itch", "itchy", "flare", "hive", "hives", "redness"}


@lru_cache(maxsize=1)
def _words() -> PhraseMatcher:
    matcher = PhraseMatcher(english().vocab, attr="LEMMA")
    for subject in content.subjects().values():
        if subject.id.startswith(PREFIX):
            words = subject.metadata["words"] + subject.metadata.get("compared", [])
            matcher.add(subject.id.removeprefix(PREFIX), [read(word) for word in words])
    return matcher


@lru_cache(maxsize=1)
def _illnesses() -> PhraseMatcher:
    matcher = PhraseMatcher(english().vocab, attr="LEMMA")
    matcher.add("illness", [read(word) for word in content.subjects()[PLAIN].metadata["illnesses"]])
    return matcher


def another_illness(doc: Doc) -> bool:
    """True where the message names an illness that is none of ours, and neither Dupixent nor skin."""
    if any(OURS.match(token.lower_) for token in doc):
        return False
    return {token.lemma_ for token in doc}.isdisjoint(POINTING | OUR_SIGNS) and bool(_illnesses()(doc))


def about(doc: Doc, ill: bool) -> Optional[str]:
    """The kind of uncovered question whose words the message holds, the file's first; None where none.

    None too for one about another illness (``ill``), unless it names a medicine: those are never answered from ours.
    """
    found = {doc.vocab.strings[key] for key, _, _ in _words()(doc)}
    if ill:
        found &= {OTHER_DRUG}
    return next((name.removeprefix(PREFIX) for name in content.subjects() if name.removeprefix(PREFIX) in found), None)


def other_drug(doc: Doc, kind: Optional[str]) -> bool:
    """True where the message names a medicine other than Dupixent, and neither names Dupixent nor points at it."""
    subject = content.subjects().get(f"{PREFIX}{kind}")
    if not (subject and subject.metadata.get("before_faq")) or any(OURS.match(token.lower_) for token in doc):
        return False
    lemmas = {token.lemma_ for token in doc}
    return not lemmas & POINTING or not lemmas.isdisjoint(subject.metadata["words"])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ScopeSpotter(Component):
    """Sets ``not_covered`` and ``elsewhere`` on each message."""

    @classmethod
    def prepare(cls) -> None:
        """Reads the words once."""
        _words()
        _illnesses()

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the kind, or None, and whether another medicine or illness is meant: no answer on Dupixent fits that."""
        for message in messages:
            doc = message.get(DOC)
            ill = another_illness(doc)
            kind = about(doc, ill)
            message.set(NOT_COVERED, kind, add_to_output=True)
            message.set(ELSEWHERE, ill or other_drug(doc, kind), add_to_output=True)
        return messages
