"""Reads a message with spaCy: tokens with lemmas for Rasa, and the document itself for the list of signs."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import spacy
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from spacy.language import Language
from spacy.tokens import Doc


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


def read(text: str) -> Doc:
    """The message as spaCy reads it, typographic quotes straightened."""
    return english()(text.replace("\u2019", "'").replace("\u2018", "'"))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class SpacyReader(Tokenizer):
    """Rasa's tokenizer, done by spaCy."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's defaults: intents are not split."""
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_", "token_pattern": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpacyReader:
        """Loads spaCy once."""
        english()
        return cls(config)

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """The attribute's tokens, each with its lemma."""
        return [
            Token(token.text, token.idx, lemma=token.lemma_ or token.text)
            for token in read(message.get(attribute))
            if not token.is_space
        ]
