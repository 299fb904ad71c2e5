"""Reads a message with spaCy, once: its words, lemmas and sentences, for all that looks at words."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.language import Language
from spacy.tokens import Doc

from rashguide.understanding.component import Component

DOC = "spacy_doc"
LONGEST_WORD = 60  # characters
NEW_WORDS = 20_000  # some 10 MB of them; then a fresh vocabulary is due
PLAIN = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u2013": "-", "\u2014": "-"})


@Language.component("plain_lemmas")
def plain_lemmas(doc: Doc) -> Doc:
    """Lower-case lemmas, short forms written out: "can't", "cant" and "cannot" all become "can", "not"."""
    for token in doc:
        usual = token.norm_ if token.norm_ != token.lower_ else token.lemma_
        token.lemma_ = usual.lower()
    return doc


@lru_cache(maxsize=1)
def english() -> Language:
    """spaCy's English tokenizer with its published table of lemmas and a rule for sentence ends; no download needed."""
    nlp = spacy.blank("en")
    nlp.add_pipe("lemmatizer", config={"mode": "lookup"})
    nlp.add_pipe("plain_lemmas")
    nlp.add_pipe("sentencizer")
    nlp.initialize()
    return nlp


def vocabulary() -> int:
    """How many words spaCy knows by now: it keeps each new one that it reads, and gives none back."""
    return len(english().vocab)


def plain(text: str) -> str:
    """The text as a plain keyboard types it: a telephone's curved quotes and wide letters would hide its words."""
    return unicodedata.normalize("NFKC", text).translate(PLAIN)


def _cut(text: str) -> str:
    """The text with no word longer than ``LONGEST_WORD``: what spaCy takes over one grows with its length squared."""
    return " ".join(
        word[start : start + LONGEST_WORD]
        for word in text.split(" ")
        for start in range(0, max(1, len(word)), LONGEST_WORD)
    )


def read(text: str) -> Doc:
    """The message as spaCy reads it."""
    return english()(_cut(plain(text)))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class SpacyReader(Component):
    """Leaves spaCy's document on each message. Training needs no words: it works on the sentence vectors alone."""

    @classmethod
    def prepare(cls) -> None:
        """Loads spaCy once."""
        english()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing to do."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the document."""
        for message in messages:
            message.set(DOC, read(message.get(TEXT) or ""))
        return messages
