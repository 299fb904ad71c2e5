"""All that is patched in Rasa is in force, and still needed."""

from __future__ import annotations

import inspect
import logging

import pytest
import structlog
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.events import Event

from rashguide import patches
from rashguide.operations import logs


@pytest.mark.parametrize("start", [patches.apply, patches.Wording], ids=["apply", "wording"])
def test_all_are_in_force_however_often_they_are_applied(start):
    start()
    start()
    for owner, name, ours in patches.PATCHES:
        assert inspect.getattr_static(owner, name) is ours, (owner, name)
    assert logs._without_words in structlog.get_config()["processors"]
    assert structlog.get_config()["processors"].count(logs._without_words) == 1
    for handler in logging.getLogger().handlers:
        assert sum(isinstance(known, logs._Discreet) for known in handler.filters) == 1


def test_rasa_still_has_what_they_take_the_place_of():
    """Fails where another Rasa calls something else."""
    from rasa.core.channels import channel

    assert "app.ctx.agent.handle_message(message)" in inspect.getsource(channel.register)
    assert "self.on_tracker_store_error(e)" in inspect.getsource(FailSafeTrackerStore)
    assert "self.on_tracker_store_retrieve_error(e)" in inspect.getsource(FailSafeTrackerStore)
    assert Event.resolve_by_type("user").type_name == "user"


def test_endpoints_name_the_wording_that_applies_them():
    from rashguide import ROOT

    assert "type: rashguide.patches.Wording" in (ROOT / "endpoints.yml").read_text()
