"""Says the content: telephone numbers filled in, the source named, and "Did you mean" made of the nearest subjects."""

from __future__ import annotations

from typing import Any, Optional

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from rashguide import channels, content, guard
from rashguide.operations import metrics
from rashguide.settings import settings

SOURCE_NOTE = "From our source article."
UNSURE = "utter_unsure"


class Wording(TemplatedNaturalLanguageGenerator):
    """Rasa's own templated replies, completed in-process, so that no reply waits for another server."""

    def __init__(self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None) -> None:
        super().__init__(domain.responses if domain else {})
        guard.install()
        channels.refuse_unknown()

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> Optional[dict[str, Any]]:
        """The response as the person gets it, but for the advice, which is the guard's."""
        response = await super().generate(utter_action, tracker, output_channel, **settings().numbers(), **kwargs)
        if response is None:
            return None
        metrics.said(utter_action, tracker.latest_message.parse_data if tracker.latest_message else {})
        if response.get("metadata", {}).get("source"):
            response["text"] = f"{response['text']}\n{SOURCE_NOTE}"
        if utter_action == UNSURE:
            response["buttons"] = [
                {"title": content.subjects()[name].metadata["label"], "payload": f"/{name}"}
                for name in tracker.latest_message.parse_data.get("offers", [])
            ]
        return response
