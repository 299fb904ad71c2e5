"""Everything that Rasa 3.6.21, and sanic 21.12 under it, have no hook for, each with the line that makes it needed.

``endpoints.yml`` names the ``Wording`` below, so that whatever starts Rasa has them in force before the first message.
"""

from __future__ import annotations

import functools
import warnings
from typing import Any, Optional, cast

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from sanic.http import Http, Stage
from sanic.server.protocols.http_protocol import HttpProtocol

from rashguide import channels, release, wording
from rashguide.content import names
from rashguide.dialogue import context, fragments, standing
from rashguide.guard.intake import conversation
from rashguide.guard.turn import answer
from rashguide.operations import logs, metrics
from rashguide.understanding.keys import EDITS, Parsed
from rashguide.understanding.sequels import AFTER
from rashguide.workers.crew import Here

# shared/core/slot_mappings.py:224 says so of any slot at all, at each start.
warnings.filterwarnings("ignore", message=".*Slot auto-fill has been removed")

LINGER = 1.0  # seconds in which a client may read why it is hung up on


@functools.wraps(Agent.handle_message)
async def _guarded(self: Agent, message: UserMessage) -> Optional[list[dict[str, Any]]]:
    """The guard round Rasa's one way in: core/channels/channel.py:89 calls it for all, ``rasa shell``'s included."""
    output = message.output_channel
    channel = message.input_channel or (output.name() if output else "collector")
    with metrics.turn(channel, conversation(channel, message.sender_id)):
        await answer(self, getattr(self, "crew", None) or Here(self), message)
    return output.messages if isinstance(output, CollectingOutputChannel) else None


_parse = MessageProcessor.parse_message


@functools.wraps(_parse)
async def _parse_beside(
    self: MessageProcessor,
    message: UserMessage,
    tracker: Optional[DialogueStateTracker] = None,
    only_output_properties: bool = True,
) -> Parsed:
    """core/processor.py:797 has the conversation, its pipeline has not: what the message follows goes along with it."""
    edits = (message.metadata or {}).get(EDITS, "")
    after = context.after(tracker, edits) if tracker else None
    beside = UserMessage(message.text, sender_id=message.sender_id, metadata={AFTER: after})
    parsed = cast(Parsed, await _parse(self, beside, tracker, only_output_properties))
    together = None if edits else fragments.joined(tracker, message.text or "", parsed)
    if not together:
        return parsed
    whole = UserMessage(together, sender_id=message.sender_id, metadata={AFTER: after})
    return fragments.graver(parsed, cast(Parsed, await _parse(self, whole, tracker, only_output_properties)))


# shared/core/events.py:374 walks all classes of events for each stored event that it reads.
_resolve = staticmethod(functools.lru_cache(maxsize=None)(Event.resolve_by_type))

_scheduled = DaskGraphRunner.run


@functools.wraps(_scheduled)
def _in_turn(
    self: DaskGraphRunner, inputs: Optional[dict[str, Any]] = None, targets: Optional[list[str]] = None
) -> dict[str, Any]:
    """engine/runner/dask.py:82 prunes, orders and schedules the graph anew for each message and each prediction.

    Here each node that is needed is asked for what it makes, once. What nobody gives is handed on by its name.
    """
    made: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}

    def output(name: str) -> Any:
        if name not in made and name in self._instantiated_nodes:
            needs = self._graph_schema.nodes[name].needs.values()
            made[name] = self._instantiated_nodes[name](*map(output, needs))
        return made.get(name, name)

    return dict(map(output, targets or self._graph_schema.target_names))


_empty = Http.create_empty_request


@functools.wraps(_empty)
def _without_address(self: Http) -> None:
    """sanic/http.py:450 reads the address that it could not read a second time, and the client gets no answer."""
    self.url = None
    _empty(self)


_received = HttpProtocol.data_received


@functools.wraps(_received)
def _in_time(self: HttpProtocol, data: bytes) -> None:
    """sanic/server/protocols/http_protocol.py:226 gives a request its whole time again with each byte of it."""
    http = getattr(self, "_http", None)  # not there yet where the first bytes come with the connection
    begun = self._time if http is not None and http.stage is not Stage.IDLE else None
    _received(self, data)
    self._time = begun or self._time


_check_timeouts = HttpProtocol.check_timeouts


@functools.wraps(_check_timeouts)
def _cut(self: HttpProtocol) -> None:
    """sanic/http.py:163 waits without end for the rest of a request that it has just given up."""
    _check_timeouts(self)  # type: ignore[no-untyped-call]
    if getattr(self._http, "exception", None) is not None:
        self.loop.call_later(LINGER, self.close)


# Whose attribute, which, and what takes its place.
PATCHES: tuple[tuple[type, str, Any], ...] = (
    (Agent, "handle_message", _guarded),
    (MessageProcessor, "parse_message", _parse_beside),
    (Event, "resolve_by_type", _resolve),
    (DaskGraphRunner, "run", _in_turn),
    (Http, "create_empty_request", _without_address),
    (HttpProtocol, "data_received", _in_time),
    (HttpProtocol, "check_timeouts", _cut),
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
        release.check()
        channels.refuse_unknown()
