"""No way in for people, but for who runs the guide: ``/health/live``, ``/health/ready`` and ``/metrics``."""

from __future__ import annotations

import math
from typing import Any, Awaitable, Callable

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from rasa.core.channels.channel import UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from rashguide import release
from rashguide.channels.every_request import Channel
from rashguide.operations import metrics
from rashguide.settings import settings
from rashguide.stores import inbox
from rashguide.stores.conversations import StoreUnavailable, store_of
from rashguide.stores.outbox import Outbox


class OperatorInput(Channel):
    """Always on: a server that cannot be watched should not be run."""

    @classmethod
    def name(cls) -> str:
        """``operator``."""
        return "operator"

    def url_prefix(self) -> str:
        """At the root, where probes look."""
        return "/health"

    def routes(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """What probes and Prometheus ask for."""
        Sanic.get_app().add_route(_metrics, "/metrics", name="metrics")
        health = Blueprint("operator")
        health.add_route(_health, "/", name="health")
        health.add_route(_live, "/live", name="live")
        health.add_route(_model, "/model", name="model")
        health.add_route(_ready, "/ready", name="ready")
        return health


async def _live(_: Request) -> HTTPResponse:
    """200 as long as the process answers. Where it does not, start it anew."""
    return response.json({"live": True})


async def _health(_: Request) -> HTTPResponse:
    """200 as long as the process answers; how far what is for safety is signed off, and whether it is switched off."""
    return response.json({"live": True, **release.state()})


async def _model(request: Request) -> HTTPResponse:
    """200 where the model is loaded: whom a balancer may send to. Stores are no part of it, as all servers share them:
    if none were sent to, people would get a balancer's error in place of a reply with the advice."""
    loaded = request.app.ctx.agent.is_ready()
    return response.json({"model": loaded}, status=200 if loaded else 503)


async def _ready(request: Request) -> HTTPResponse:
    """200 where everything works. Redis or the actions being away is told, but no reason to be unready."""
    agent = request.app.ctx.agent
    found: dict[str, Any] = {
        "model": agent.is_ready(),
        "conversations": await store_of(agent).reachable(),
        "locks": await agent.lock_store.reachable() if hasattr(agent.lock_store, "reachable") else True,
        "actions": request.app.ctx.actions.answers(),
    }
    if settings().handover:
        found["handover"] = await _handover(agent)
    return response.json(found, status=200 if found["model"] and found["conversations"] else 503)


async def _handover(agent: Any) -> Any:
    """How many messages to the clinic wait, and since when; no reason to be unready either."""
    try:
        count, oldest = await Outbox(store_of(agent)).waiting()
    except StoreUnavailable:
        return False
    return {"waiting": count, "oldest_seconds": round(oldest)}


async def _metrics(request: Request) -> HTTPResponse:
    """What was counted, and how long messages wait by now; not a number where the database cannot say so."""
    try:
        metrics.INBOX.set(await inbox.oldest(store_of(request.app.ctx.agent)))
    except StoreUnavailable:
        metrics.INBOX.set(math.nan)
    return response.raw(generate_latest(), content_type=CONTENT_TYPE_LATEST)
