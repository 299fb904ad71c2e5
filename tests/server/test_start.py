"""What a newcomer is shown works as it stands: the address and the command that the start prints, and README's."""

from __future__ import annotations

import re
import shlex

import httpx
import pytest

from rashguide import ROOT
from tests.harness.server import advice_count


def printed(server) -> str:
    return server.log.read_text()


def readme(server) -> str:
    return (ROOT / "README.md").read_text().replace(":5005", f":{server.port}")


@pytest.mark.parametrize("shown", [printed, readme])
def test_the_command_that_is_shown_gets_an_answer(server, shown):
    """Sent with curl's own default for the type of a body: a command without its header is turned away."""
    (line,) = re.findall(r"^ *curl (.+)$", shown(server), re.MULTILINE)
    address, *options = shlex.split(line)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    headers |= dict(value.split(": ") for flag, value in zip(options[::2], options[1::2]) if flag == "-H")
    body = options[options.index("-d") + 1]
    response = httpx.post(address, content=body, headers=headers, timeout=60)
    assert response.status_code == 200
    assert "Dupixent" in response.text
    assert advice_count(response.json()) == 1


@pytest.mark.parametrize("shown", [printed, readme])
def test_the_address_that_is_shown_has_the_chat(server, shown):
    (address,) = re.findall(r"\bhttp://localhost:\d+/chat/demo\b", shown(server))
    assert "widget.js" in httpx.get(address).text
