"""Reads ``data/``: what the guide can say about each subject, and the phrases that ask for it.

Ground floor: imports nothing of ours but ``composing``, and nothing of Rasa.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Optional

import yaml

from rashguide import ROOT
from rashguide.content import composing

DATA = ROOT / "data"
FAQ = "utter_faq/"
UTTER = "utter_"
# Degrees of alarm, gravest first, and the kinds of emergency that replies tell apart.
DEGREES = ("emergency", "crisis", "today", "check", "none")
GROUPS = ("breathing", "skin", "infection", "eye", "overdose")
# What a phrase of these subjects deserves where its block says nothing else.
DEGREE_OF = {"emergency": "emergency", "crisis": "crisis", "urgent_today": "today"}
# What an answer rests on (`source_kind`), as its source line names it.
SOURCE_KINDS = {
    "article": ["our source article"],
    "label": ["medicine labels", "public health pages"],
    "reports": ["published reports"],
    "guide": ["this guide itself"],
}


@dataclass(frozen=True)
class Phrase:
    """One training phrase: what somebody might type, the writer's batch it came in, and how much alarm it deserves.

    ``degree`` is one of ``DEGREES``; ``group`` the kind of emergency, one of ``GROUPS``, or "" where nobody said.
    """

    text: str
    batch: str
    degree: str
    group: str


@dataclass(frozen=True)
class Sequel:
    """What somebody might write next: after which subject's reply, and what it then means.

    ``means`` is a subject's id or one of the acts that ``names.py`` lists; ``degree`` is as a phrase's.
    """

    text: str
    after: str
    means: str
    batch: str
    degree: str


@dataclass(frozen=True)
class Subject:
    """One subject: its answer with its source and review state, and the phrases that ask for it.

    ``text`` is the reply as it is said, but for what settings fill in; ``written`` is how it stands in the file, with
    the pieces of ``data/safety/steps.yml`` by name.

    ``metadata`` holds ``label`` (the subject as a spoken question), ``reviewed``, ``checked`` (ISO date) and, for
    answers, ``source`` (section or pages), ``source_kind`` (of SOURCE_KINDS, one or a list; the article where there is
    none), ``sources`` (one line for each sentence of its own), ``caution`` and ``related`` (ids).
    """

    id: str
    group: str
    file: Path
    response: str
    text: str
    written: str
    metadata: dict[str, Any]
    buttons: list[dict[str, str]] = field(default_factory=list)
    phrases: tuple[Phrase, ...] = ()

    @property
    def is_faq(self) -> bool:
        """True for an answer to a question, not talk."""
        return self.response.startswith(FAQ)

    @property
    def language(self) -> str:
        """The code of the language that the reply is written in."""
        return self.file.stem if self.file.parent.name == "tongues" else "en"

    @property
    def source_kinds(self) -> list[str]:
        """What the text rests on; empty where it states nothing."""
        if not self.metadata.get("source"):
            return []
        kinds = self.metadata.get("source_kind", "article")
        return kinds if isinstance(kinds, list) else [kinds]

    @property
    def source_line(self) -> str:
        """The line under the text that says what it rests on; "" where there is none."""
        *named, last = [
            part for kind, parts in SOURCE_KINDS.items() if kind in self.source_kinds for part in parts
        ] or [""]
        return f"From {' and '.join(filter(None, [', '.join(named), last]))}." if last else ""

    @property
    def source_told(self) -> str:
        """The sources more exactly, for the widget's note on an answer: the article's section, or the pages."""
        if "article" not in self.source_kinds:
            return str(self.metadata.get("source", ""))
        others = [part for kind, parts in SOURCE_KINDS.items() if kind in self.source_kinds for part in parts][1:]
        return ", ".join([f"our article, section “{self.metadata['source']}”", *others])


@cache
def _document(file: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read: Optional[dict[str, Any]] = yaml.load(file.read_text(encoding="utf-8"), Loader=loader)
    return read or {}


def _examples(block: dict[str, Any]) -> list[str]:
    return [line.strip().removeprefix("- ") for line in block["examples"].splitlines() if line.strip()]


def _with_label(response: str, variant: dict[str, Any], phrases: tuple[Phrase, ...]) -> tuple[Phrase, ...]:
    """The phrases and an answer's label, which its buttons show and people type as it stands there."""
    label = (variant.get("metadata") or {}).get("label", "")
    known = {phrase.text.lower().strip("?") for phrase in phrases}
    if not response.startswith(FAQ) or not label or label.lower().strip("?") in known:
        return phrases
    return (*phrases, Phrase(label, "labels", "none", ""))


def read_file(file: Path) -> list[Subject]:
    """The subjects of one content file. Raises ``ValueError`` naming the file where its shape is wrong."""
    document = _document(file)
    phrases: dict[str, list[Phrase]] = {}
    for block in document.get("nlu", []):
        metadata = block.get("metadata") or {}
        degree = metadata.get("degree", DEGREE_OF.get(block["intent"], "none"))
        group = metadata.get("group", "")
        if degree not in DEGREES or group not in ("", *GROUPS):
            raise ValueError(f"{file}: unknown degree or group: {degree} {group}")
        for text in _examples(block):
            phrase = Phrase(text, metadata.get("batch", ""), degree, group)
            phrases.setdefault(block["intent"], []).append(phrase)
    subjects = []
    for response, variants in document.get("responses", {}).items():
        if len(variants) != 1:
            raise ValueError(f"{file}: {response} has {len(variants)} variants; replies have exactly one wording")
        variant = variants[0]
        identifier = response.removeprefix(FAQ) if response.startswith(FAQ) else response.removeprefix(UTTER)
        subjects.append(
            Subject(
                id=identifier,
                group=file.parent.name,
                file=file,
                response=response,
                text=composing.composed(variant["text"]),
                written=variant["text"],
                metadata=variant.get("metadata", {}),
                buttons=variant.get("buttons", []),
                phrases=_with_label(response, variant, tuple(phrases.pop(identifier, ()))),
            )
        )
    if phrases:
        raise ValueError(f"{file}: phrases without an answer: {', '.join(phrases)}")
    return subjects


@lru_cache(maxsize=1)
def subjects() -> dict[str, Subject]:
    """Every subject in ``data/`` by id, in file order. Raises ``ValueError`` where two files share an id."""
    found: dict[str, Subject] = {}
    for file in sorted(DATA.rglob("*.yml")):
        for subject in read_file(file):
            if subject.id in found:
                raise ValueError(f"{file}: {subject.id} is also in {found[subject.id].file}")
            found[subject.id] = subject
    return found


def is_faq(identifier: Optional[str]) -> bool:
    """True for the id of a subject that answers a question."""
    return identifier in subjects() and subjects()[identifier].is_faq


def response_to(identifier: Optional[str]) -> str:
    """The response that answers an intent: ``utter_faq/<id>`` or ``utter_<id>``."""
    return FAQ + identifier if identifier and is_faq(identifier) else f"{UTTER}{identifier}"


def subject_of(response: str) -> Optional[Subject]:
    """The subject that a response answers; None where there is none of that name."""
    return subjects().get(response.removeprefix(FAQ) if response.startswith(FAQ) else response.removeprefix(UTTER))


def in_language(response: str, language: Optional[str]) -> str:
    """The response as it is said in a language; itself where it is not there in that one."""
    own = f"{response}_{language}"
    return own if subject_of(own) else response


def original(response: str) -> str:
    """The English response that one in another language says; itself where it is English."""
    subject = subject_of(response)
    return f"{UTTER}{subject.metadata['translates']}" if subject and "translates" in subject.metadata else response


def spoken(response: str) -> str:
    """The text of a response; "" where there is none of that name."""
    subject = subject_of(response)
    return subject.text if subject else ""


def label(response: str) -> str:
    """The spoken question or name of a response; "" where there is none of that name."""
    subject = subject_of(response)
    return subject.metadata.get("label", "") if subject else ""


@lru_cache(maxsize=1)
def choices() -> dict[str, str]:
    """Everything that a button may stand for, by id, with the words that pressing it says."""
    buttons = [button for subject in subjects().values() for button in subject.buttons]
    titles = {button["payload"].removeprefix("/"): button["title"] for button in buttons}
    return titles | {subject.id: subject.metadata["label"] for subject in subjects().values()}


def phrases() -> list[tuple[str, str]]:
    """Every training phrase as (text, subject id)."""
    return [(phrase.text, subject.id) for subject in subjects().values() for phrase in subject.phrases]


@lru_cache(maxsize=1)
def sequels() -> list[Sequel]:
    """What is written next after replies. Raises ``ValueError`` naming the file where a reply or degree is unknown."""
    found = []
    for file in sorted(DATA.rglob("*.yml")):
        for block in _document(file).get("sequels", []):
            after, degree = block["after"], block.get("degree", "none")
            if after not in subjects() or degree not in DEGREES:
                raise ValueError(f"{file}: sequels after the unknown {after}, or of the unknown degree {degree}")
            found += [Sequel(text, after, block["means"], block.get("batch", ""), degree) for text in _examples(block)]
    return found
