"""What tests of the content share: the contract, the subjects, and a reply's own sentences and pieces."""

from __future__ import annotations

import re

import yaml

from rashguide import ROOT, content
from rashguide.content import composing

CONTRACT = yaml.safe_load((ROOT / "tests" / "content" / "contract.yml").read_text(encoding="utf-8"))
SUBJECTS = content.subjects()
FAQ = [subject for subject in SUBJECTS.values() if subject.is_faq]
ENGLISH = [subject for subject in SUBJECTS.values() if subject.group != "tongues"]
SIMPLER = [subject for subject in SUBJECTS.values() if subject.id.startswith("simpler_")]
OWN = "this guide"  # what stands in ``sources`` for words that rest on nothing else


def pieces_of(subject: content.Subject) -> set[str]:
    """The pieces of steps.yml that a reply holds."""
    return {name for name in composing.NAME.findall(subject.written) if name in composing.pieces()}


def own_sentences(written: str) -> list[str]:
    """The sentences that a reply does not share with others: what the shared ones rest on is in steps.yml."""
    own = re.sub(r"\s+", " ", composing.NAME.sub(lambda m: "" if m.group(1) in composing.pieces() else "N", written))
    return [sentence for sentence in re.split(r"(?<=[.?!])\"?\s+", own.strip()) if sentence]
