"""What a clinician signs off, and whether they have: each reply with all that it rests on, and the tables beside them.

A sign-off is given for digests of an item's parts, and holds while none of them changes, for a year. All stand in
``review/sign-offs.yml``, which ``make sign`` writes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Optional

import yaml

from rashguide import ROOT
from rashguide.content import composing
from rashguide.content.subjects import DATA, Sequel, Subject, sequels, subjects

FILE = ROOT / "review" / "sign-offs.yml"
GOOD_FOR = timedelta(days=365)
UNREVIEWED = "not yet reviewed by a clinician"
# Replies outside of data/safety that people act on when they are ill.
_ACTED_ON = ("report_symptom", "ask_diagnosis", "ask_dosing", "frightened", "when_to_get_help",
             "allergic_reaction_next_dose", "what_to_do", "should_i_stop")  # fmt: skip
# What replies name that stands in the table of numbers under another name.
_DIGITS = {"emergency_digits": "emergency_number", "crisis_digits": "crisis_line"}


def digest(part: Any) -> str:
    """Twelve characters that change with any change of a part, which is plain data."""
    told = json.dumps(part, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Item:
    """What is signed off at once: ``parts`` has the digest of each thing that the sign-off is given for, by name.

    ``safety`` is true where patients must not be served before it is signed off; ``country`` where that holds for one.
    """

    id: str
    safety: bool
    parts: dict[str, str]
    country: str = ""

    @property
    def version(self) -> str:
        """The digest of all parts: what the sheet shows, and ``make sign`` asks for."""
        return digest(self.parts)


@dataclass(frozen=True)
class SignOff:
    """Who signed an item off, when, and the digests that it had."""

    by: str
    on: date
    covers: dict[str, str] = field(default_factory=dict)

    @property
    def until(self) -> date:
        """The last day that it holds."""
        return self.on + GOOD_FOR

    def changed(self, item: Item) -> list[str]:
        """The parts that are not what was signed off."""
        return sorted(name for name in {*self.covers, *item.parts} if self.covers.get(name) != item.parts.get(name))


def _file(name: str) -> Any:
    return yaml.load((DATA / name).read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@lru_cache(maxsize=1)
def _countries() -> dict[str, dict[str, Any]]:
    """The table of numbers, by country and kind; what is said anywhere under ``anywhere``."""
    table = _file("numbers.yml")
    return {"anywhere": table["anywhere"], **table["countries"]}


def kinds_of_numbers(text: str) -> list[str]:
    """The kinds of telephone numbers that a reply names."""
    named = {_DIGITS.get(name, name) for name in composing.NAME.findall(text)}
    return sorted(named & _countries()["anywhere"].keys())


@lru_cache(maxsize=1)
def _sequels() -> dict[str, list[Sequel]]:
    """What people write after a reply, by that reply's id."""
    found: dict[str, list[Sequel]] = {}
    for sequel in sequels():
        found.setdefault(sequel.after, []).append(sequel)
    return found


def _of_subject(subject: Subject) -> Item:
    known, metadata = subjects(), subject.metadata
    links = [(name, known[name].metadata["label"]) for name in metadata.get("related", [])]
    kinds = kinds_of_numbers(subject.text)
    parts = {
        "reply": subject.text,
        "basis": [subject.source_line, subject.source_told, metadata.get("sources")]
        + [metadata.get("facts"), metadata.get("caution")],
        "offers": [metadata["label"], metadata.get("alert"), subject.buttons, links],
        "numbers": {
            country: {kind: own.get(kind) for kind in kinds} for country, own in (_countries().items() if kinds else ())
        },
        "phrases": sorted((phrase.text, phrase.degree, phrase.group) for phrase in subject.phrases),
        "sequels": sorted((each.text, each.means, each.degree) for each in _sequels().get(subject.id, [])),
    }
    safety = DATA / "safety" in subject.file.parents or subject.id in _ACTED_ON
    return Item(subject.id, safety, {name: digest(part) for name, part in parts.items() if part})


@lru_cache(maxsize=1)
def items() -> dict[str, Item]:
    """All that is signed off of ``data/``, by id: replies, then the tables."""
    found = {subject.id: _of_subject(subject) for subject in subjects().values()}
    for country in _countries().keys() - {"anywhere"}:
        name = f"numbers/{country}"
        found[name] = Item(name, True, {"table": digest(_countries()[country])}, country)
    for name in ("steps", "signs"):
        found[name] = Item(name, True, {"table": digest(_file(f"safety/{name}.yml"))})
    table = _file("safety/states.yml")
    around = digest({name: value for name, value in table.items() if name != "states"})
    for state, lines in table["states"].items():
        found[f"states/{state}"] = Item(f"states/{state}", True, {"table": digest(lines), "around": around})
    return found


@lru_cache(maxsize=1)
def sign_offs() -> dict[str, SignOff]:
    """Every sign-off by its item's id."""
    return read_file(FILE)


def read_file(file: Path) -> dict[str, SignOff]:
    """A file's sign-offs. Raises ``ValueError`` naming the line where one lacks something."""
    written = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("sign_offs") or {}
    found = {}
    for name, entry in written.items():
        try:
            found[name] = SignOff(entry["by"], entry["on"], entry["covers"])
            if ", " not in found[name].by or not isinstance(found[name].on, date):
                raise ValueError("by: 'NAME, ROLE' and on: YYYY-MM-DD")
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{file}: the sign-off of {name} lacks {error}") from None
    return found


def fault(item: Item, today: Optional[date] = None, signed: Optional[SignOff] = None) -> str:
    """Why an item does not count as signed off; "" where it does."""
    signed = signed or sign_offs().get(item.id)
    if signed is None:
        return UNREVIEWED
    if signed.changed(item):
        return f"its sign-off is void, as these changed: {', '.join(signed.changed(item))}"
    if (today or date.today()) > signed.until:
        return f"its sign-off ended on {signed.until}"
    return ""


def review_state(identifier: str) -> str:
    """What people read of a reply's review."""
    item = items().get(identifier)
    if item is None or fault(item):
        return UNREVIEWED
    return f"reviewed by {sign_offs()[identifier].by}"


def safety_items(country: str) -> list[Item]:
    """What must be signed off before patients of a country are served."""
    return [item for item in items().values() if item.safety and item.country in ("", country)]


def unsigned(country: str, today: Optional[date] = None) -> list[str]:
    """The ids of the safety items that are not signed off."""
    return [item.id for item in safety_items(country) if fault(item, today)]
