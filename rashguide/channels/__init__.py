"""The ways in. Each platform is one small file here; ``credentials.yml`` says which are on."""

from __future__ import annotations

from rasa.core.channels.console import CmdlineInput
from sanic import Sanic
from sanic.exceptions import SanicException


class UnknownChannel(Exception):
    """A channel is configured that is not one of this package's."""


def refuse_unknown() -> None:
    """Stops a server that was configured with a channel that is not ours. ``rasa shell``'s own console is let in.

    The guard would still put the advice into its replies, but nobody has looked at what it lets in, or at how its
    platform cuts a long reply. Called while Rasa loads the assistant, before it listens. Raises ``UnknownChannel``.
    """
    try:
        app = Sanic.get_app()
    except SanicException:  # no server in this process: training, tests, a script
        return
    configured = getattr(app.ctx, "input_channels", [])
    if [type(channel) for channel in configured] == [CmdlineInput]:
        return
    for channel in configured:
        if not type(channel).__module__.startswith(f"{__name__}."):
            raise UnknownChannel(
                f"credentials.yml configures {type(channel).__name__!r}, which is not one of {__name__}. "
                f"Use the guide's own class for that platform; see docs/platforms/README.md."
            )
