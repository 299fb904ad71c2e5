"""Everything that Rasa 3.6.21 has no hook for, in one place, each with the line that makes it needed.

``endpoints.yml`` names the ``Wording`` below, so that whatever starts Rasa has them in force before the first message.
"""

from __future__ import annotations

import functools
from typing import Any, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.utils.endpoints import EndpointConfig

from rashguide import channels, wording
from rashguide.content import names
from rashguide.guard.intake import conversation
from rashguide.guard.turn import answer
from rashguide.operations import logs, metrics
from rashguide.workers.crew import Here


@functools.wraps(Agent.handle_message)
async def _guarded(self: Agent, message: UserMessage) -> Optional[list[dict]]:
    """The guard round Rasa's one way in: core/channels/channel.py:89 calls it for all, ``rasa shell``'s included."""
    output = message.output_channel
    channel = message.input_channel or (output.name() if output else "collector")
    with metrics.turn(channel, conversation(channel, message.sender_id)):
        await answer(self, getattr(self, "crew", None) or Here(self), message)
    return output.messages if isinstance(output, CollectingOutputChannel) else None


# shared/core/events.py:374 walks all classes of events for each stored event that it reads.
_resolve = staticmethod(functools.lru_cache(maxsize=None)(Event.resolve_by_type))

# Whose attribute, which, and what takes its place.
PATCHES: tuple[tuple[type, str, Any], ...] = (
    (Agent, "handle_message", _guarded),
    (Event, "resolve_by_type", _resolve),
)


def apply() -> None:
    """Puts all in force, and makes the logs discreet (``operations/logs.py``). As often as one likes."""
    for owner, name, ours in PATCHES:
        setattr(owner, name, ours)
    logs.install()


class Wording(wording.Wording):
    """The wording, made when Rasa loads the assistant: the one moment before it listens that every start has."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None) -> None:
        super().__init__(endpoint_config, domain)
        apply()
        names.check()
        channels.refuse_unknown()
