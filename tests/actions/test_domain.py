"""domain.yml lists what the code names: actions, and slots that change no prediction by themselves."""

from __future__ import annotations

import pytest
import yaml

from rashguide import ROOT, content
from rashguide.content.names import STANDING, STANDING_GROUP, Action, Slot

pytestmark = pytest.mark.unit

DOMAIN = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))


def test_it_lists_the_actions_that_there_are():
    assert sorted(DOMAIN["actions"]) == sorted(Action.ALL)


def test_it_lists_the_slots_that_there_are():
    ours = {Slot.STEP, Slot.ANSWERS, Slot.OPINION, Slot.HANDOVER, Slot.HANDED_OVER}
    assert set(DOMAIN["slots"]) == {*ours, STANDING, STANDING_GROUP}
    for slot in DOMAIN["slots"].values():
        assert slot["influence_conversation"] is False
        assert slot["mappings"] == [{"type": "custom"}]


def test_stories_name_what_there_is():
    known = {*Action.ALL, *(subject.response for subject in content.subjects().values())}
    for file in sorted((ROOT / "tests/stories").glob("*.yml")):
        for story in yaml.safe_load(file.read_text(encoding="utf-8"))["stories"]:
            for step in story["steps"]:
                assert step.get("action", Action.NOTE) in known, (file.name, step)
                for slot in step.get("slot_was_set", []):
                    assert {*slot} <= {*DOMAIN["slots"]}, (file.name, step)
