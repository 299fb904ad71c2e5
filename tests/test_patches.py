"""All that is patched in Rasa is in force, and still needed."""

from __future__ import annotations

import inspect
import logging

import pytest
import structlog
from rasa.shared.core.events import Event
from sanic.http import Http

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
    assert logging.getLogRecordFactory() is logs._discreet


def test_rasa_still_has_what_they_take_the_place_of():
    """Fails where another Rasa calls something else."""
    from rasa.core.channels import channel

    assert "app.ctx.agent.handle_message(message)" in inspect.getsource(channel.register)
    assert "self.url.encode() if self.url" in inspect.getsource(Http.create_empty_request)
    assert "self._time = current_time()" in inspect.getsource(patches._received)
    assert Event.resolve_by_type("user").type_name == "user"


def test_endpoints_name_the_wording_that_applies_them():
    from rashguide import ROOT

    assert "type: rashguide.patches.Wording" in (ROOT / "endpoints.yml").read_text()
