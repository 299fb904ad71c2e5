"""What `make train` tells an editor: which messages lead elsewhere, and which bound is passed."""

from __future__ import annotations

import yaml

from calibration import changes
from tests.harness import measure


def outcome(text, intent, expect=("skin_care",), alarmed=False, checked=False, offers=()):
    parsed = {
        "intent": {"name": intent},
        "offers": list(offers),
        "intent_ranking": [{"name": intent, "confidence": 0.9}],
        "safety": {"outcome": "alarm" if alarmed else "check" if checked else "clear", "probability": 0, "signs": []},
    }
    return measure.outcome({"text": text, "expect": list(expect), "kind": "faq"}, parsed)


def test_a_message_that_leads_elsewhere_is_listed_with_both_ways_and_the_wrong_first():
    found = [
        outcome("as it was", "skin_care"),
        outcome("mended", "skin_care", offers=["how_common"]),  # what may have been meant stands below the answer
        outcome("unsure", "nlu_fallback", offers=["skin_care"]),
        outcome("spoilt", "greet"),
        outcome("checked now", "skin_care", checked=True),
        outcome("new to the set", "greet"),
    ]
    before = {"as it was": "skin_care", "mended": "greet", "spoilt": "offered: skin_care", "checked now": "skin_care"}
    before["unsure"] = "offered: skin_care"
    lines = changes.changed(found, before)
    assert [line.split("\n")[0].split()[-1] for line in lines] == ["spoilt", "now", "mended"]
    assert "WRONG NOW" in lines[0]
    assert "offered: skin_care -> greet" in lines[0]
    assert "skin_care -> skin_care (checked)" in lines[1]
    assert "greet -> skin_care" in lines[2]


def test_a_bound_that_is_passed_is_named_with_what_was_found():
    bounds = yaml.safe_load(measure.BOUNDS.read_text(encoding="utf-8"))
    good = {name: 1.0 for name in bounds["at_least"]} | {name: 0.0 for name in bounds["at_most"]}
    assert measure.fallen(good) == {}
    assert measure.fallen(good | {"emergencies alarmed": 0.5})["emergencies alarmed"][0] == 0.5
    assert measure.fallen(good | {"others alarmed": 0.5}).keys() == {"others alarmed"}
