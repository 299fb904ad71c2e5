"""What a request's first lines must be to be read at all, and how slowly it may come in: sanic 21.12 asks too little.

What is refused here is answered with 400 and the advice, as any other refusal is (``every_request.py``).
"""

from __future__ import annotations

import asyncio
from typing import Any

from httptools import parse_url
from httptools.parser.errors import HttpParserError
from sanic import Sanic
from sanic.exceptions import InvalidUsage
from sanic.request import Request

SLOWEST_REQUEST = 15  # seconds until a request's headers must have come in whole, and any byte on a new connection
IDLE = 75  # seconds that a connection may wait for its next request: longer than nginx keeps one (60 s)
PIPELINED = 0.05  # seconds that whoever sends requests without waiting for their answers waits for each
HEAD_END, LAST_CHUNK = b"\r\n\r\n", b"0\r\n\r\n"
MOST_DIGITS = 12  # of a length: Python refuses to read numbers of thousands


def install(app: Sanic) -> None:
    """Has each request looked at before its body is read."""
    app.config.REQUEST_TIMEOUT = SLOWEST_REQUEST
    app.config.KEEP_ALIVE_TIMEOUT = IDLE
    app.add_signal(_readable_line, "http.lifecycle.read_head")
    app.add_signal(_plain_body, "http.lifecycle.request")


async def _readable_line(head: bytes, **_: Any) -> None:
    """sanic would fail to answer, as it does with the address of the page that could not be found (http.py:450)."""
    await asyncio.sleep(0)  # who sends requests without waiting for their answers lets others pass
    address = head.split(b"\r\n", 1)[0].split(b" ")[1]
    try:
        parse_url(address)
    except HttpParserError:
        raise InvalidUsage("bad address") from None
    if not all(0x20 < sign < 0x7F for sign in address):
        raise InvalidUsage("bad address")


async def _plain_body(request: Request, **_: Any) -> None:
    """A length that is none (http.py:249) may hang the server, or give a 500; two ways to tell it may disagree."""
    length = request.headers.get("content-length", "0")
    coding = request.headers.get("transfer-encoding")
    if not (length.isascii() and length.isdigit() and len(length) <= MOST_DIGITS):
        raise InvalidUsage("bad content-length")
    if coding is not None and (coding != "chunked" or "content-length" in request.headers):
        raise InvalidUsage("bad transfer-encoding")
    if request.headers.get("upgrade", "").lower() == "websocket":  # sanic would wait for it without end
        raise InvalidUsage("no upgrades")
    received = request.transport.get_protocol().recv_buffer  # type: ignore[no-untyped-call]  # no stream yet
    if _more(received, len(request.head) + len(HEAD_END), int(length), coding is not None):
        # The loop may let others pass and still starve the threads that read their conversations.
        await asyncio.sleep(PIPELINED)


def _more(received: bytearray, head: int, length: int, chunked: bool) -> bool:
    """Whether another request stands behind this one already. No browser and no proxy sends so.

    ``head``: bytes before the body, ``length``: bytes of the body where it is not ``chunked``.
    """
    if chunked:
        return 0 <= received.find(LAST_CHUNK, head) < len(received) - len(LAST_CHUNK)
    return len(received) > head + length
