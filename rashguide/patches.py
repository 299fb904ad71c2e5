"""Everything that Rasa 3.6.21 has no hook for, in one place, each with the line that makes it needed.

``endpoints.yml`` names the ``Wording`` below, so that whatever starts Rasa has them in force before the first message.
"""

from __future__ import annotations

import functools
import warnings
from typing import Any, NoReturn, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from rashguide import channels, wording
from rashguide.content import names
from rashguide.dialogue import context, fragments, standing
from rashguide.guard.intake import conversation
from rashguide.guard.turn import answer
from rashguide.operations import logs, metrics
from rashguide.stores.conversations import StoreUnavailable
from rashguide.understanding.sequels import AFTER

# shared/core/slot_mappings.py:224 says so of any slot at all, at each start.
warnings.filterwarnings("ignore", message=".*Slot auto-fill has been removed")

_handle = Agent.handle_message


@functools.wraps(_handle)
async def _guarded(self: Agent, message: UserMessage) -> Optional[list[dict]]:
    """The guard round Rasa's one way in: core/channels/channel.py:89 calls it for all, ``rasa shell``'s included."""
    output = message.output_channel
    channel = message.input_channel or (output.name() if output else "collector")
    with metrics.turn(channel, conversation(channel, message.sender_id)):
        await answer(self, _handle, message)
    return output.messages if isinstance(output, CollectingOutputChannel) else None


_parse = MessageProcessor.parse_message


@functools.wraps(_parse)
async def _parse_beside(
    self: MessageProcessor,
    message: UserMessage,
    tracker: Optional[DialogueStateTracker] = None,
    only_output_properties: bool = True,
) -> dict[str, Any]:
    """core/processor.py:797 has the conversation, its pipeline has not: what the message follows goes along with it."""
    after = context.after(tracker) if tracker else None
    beside = UserMessage(message.text, sender_id=message.sender_id, metadata={AFTER: after})
    parsed = await _parse(self, beside, tracker, only_output_properties)
    together = fragments.joined(tracker, message.text or "", parsed)
    if not together:
        return parsed
    whole = UserMessage(together, sender_id=message.sender_id, metadata={AFTER: after})
    return fragments.graver(parsed, await _parse(self, whole, tracker, only_output_properties))


def _say_so(_: FailSafeTrackerStore, error: Exception) -> NoReturn:
    """core/tracker_store.py:1418 would go on in memory: an answer that is lost, an alarm forgotten."""
    metrics.STORE_ERRORS.labels("conversations").inc()
    raise StoreUnavailable(type(error).__name__) from error


# shared/core/events.py:374 walks all classes of events for each stored event that it reads.
_resolve = staticmethod(functools.lru_cache(maxsize=None)(Event.resolve_by_type))

# Whose attribute, which, and what takes its place.
PATCHES: tuple[tuple[type, str, Any], ...] = (
    (Agent, "handle_message", _guarded),
    (MessageProcessor, "parse_message", _parse_beside),
    (FailSafeTrackerStore, "on_tracker_store_error", _say_so),
    (FailSafeTrackerStore, "on_tracker_store_retrieve_error", _say_so),
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
        standing.check()
        channels.refuse_unknown()
