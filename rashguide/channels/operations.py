"""No way in for people, but for who runs the guide: ``/health/live``, ``/health/ready`` and ``/metrics``.

It also sets what holds for every request: how long one may take, how many one address may send, and the headers of
every answer.
"""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Optional

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from rashguide import guard
from rashguide.operations import limits, retention
from rashguide.settings import settings

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
SLOWEST_REQUEST = 15  # seconds until a request must have come in whole
TOO_MANY = "There were too many requests from your network. Please wait a minute."
# Platforms send everybody's messages from a few addresses of their own, so that only the person's limit holds there.
BY_ADDRESS = ("/webhooks/rest/", "/chat/message", "/chat/forget")


class Operations(InputChannel):
    """Always on: a server that cannot be watched should not be run."""

    @classmethod
    def name(cls) -> str:
        """``operations``."""
        return "operations"

    def url_prefix(self) -> str:
        """At the root, where probes look."""
        return "/health"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes, and what holds for all the others."""
        app = Sanic.get_app()
        app.config.REQUEST_TIMEOUT = SLOWEST_REQUEST
        app.config.RESPONSE_TIMEOUT = settings().reply_deadline + 10
        app.config.GRACEFUL_SHUTDOWN_TIMEOUT = settings().reply_deadline + 1  # no turn takes longer
        app.config.PROXIES_COUNT = settings().proxies or None
        app.register_listener(_begin, "after_server_start")
        app.register_middleware(_limit, "request")
        app.register_middleware(_headers, "response")
        app.add_route(_metrics, "/metrics", name="metrics")

        health = Blueprint("operations")
        health.add_route(_live, "/", name="health")
        health.add_route(_live, "/live", name="live")
        health.add_route(_model, "/model", name="model")
        health.add_route(_ready, "/ready", name="ready")
        return health


async def _begin(app: Sanic, _: Any) -> None:
    """Deletes what is too old, from the start on."""
    app.add_task(retention.watch(app.ctx.agent.tracker_store._tracker_store))


async def _limit(request: Request) -> Optional[HTTPResponse]:
    if request.path.startswith(BY_ADDRESS) and not limits.address().allows(request.remote_addr or request.ip):
        told = [{"recipient_id": "", "text": f"{TOO_MANY}\n{guard.ADVICE}"}]
        return response.json(told, status=429, headers={"Retry-After": "60"})
    return None


async def _headers(_: Request, answer: Optional[HTTPResponse]) -> None:
    if answer is not None:
        for name, value in HEADERS.items():
            answer.headers.setdefault(name, value)


async def _live(_: Request) -> HTTPResponse:
    """200 as long as the process answers. Where it does not, start it anew."""
    return response.json({"live": True})


async def _model(request: Request) -> HTTPResponse:
    """200 where the model is loaded: whom a balancer may send to. Stores are no part of it, as all servers share them:
    if none were sent to, people would get a balancer's error in place of a reply with the advice."""
    loaded = request.app.ctx.agent.is_ready()
    return response.json({"model": loaded}, status=200 if loaded else 503)


async def _ready(request: Request) -> HTTPResponse:
    """200 where everything works. Redis being away is told, but is no reason to be unready: it is done without."""
    agent = request.app.ctx.agent
    found = {
        "model": agent.is_ready(),
        "conversations": await agent.tracker_store._tracker_store.reachable(),
        "locks": await agent.lock_store.reachable() if hasattr(agent.lock_store, "reachable") else True,
    }
    return response.json(found, status=200 if found["model"] and found["conversations"] else 503)


async def _metrics(_: Request) -> HTTPResponse:
    return response.raw(generate_latest(), content_type=CONTENT_TYPE_LATEST)
