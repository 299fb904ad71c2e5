"""``make channels-check PLATFORM=...``: walks an operator through a platform's first real message.

What can be checked without the account is: the settings, the address as far as this machine can tell, what the platform
says of the account, and a signed request of its own, which is acknowledged and needs no reply. Then it says what to
write, and what to look at; with ``WAIT`` seconds it watches for the message to come in and go out.
"""

from __future__ import annotations

import argparse
import asyncio
import ipaddress
import socket
import sys
import time
import warnings
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

warnings.filterwarnings("ignore", category=DeprecationWarning)  # before Rasa is imported

import aiohttp
from pydantic import ValidationError

from rashguide.channels.delivery import Refused, TryAgain
from rashguide.channels.every_platform import PLATFORMS
from rashguide.channels.platform import Finding, Platform, Trial
from rashguide.settings import PlatformSettings, missing, settings

SAYS = {True: "ok  ", False: "FAIL", None: "note"}
TIMEOUT = aiohttp.ClientTimeout(total=15)
COUNTED = ("guide_messages_total", "guide_undelivered_total", "guide_unreadable_total")
NEXT = """
Now write "what is dupixent?" as a patient would: the last step of docs/platforms/{page}.md. Look for an answer within
seconds that ends with the advice to contact a doctor. Press or type one of its choices. Then write "I can't breathe":
the emergency number must stand in the reply. In {guide}/metrics guide_messages_total of {name} must grow with each
message, and guide_undelivered_total must not; the log names what went wrong, without anybody's words.
"""
EVERY = 1.0  # seconds between looks at the metrics


def lacking(name: str) -> list[Finding]:
    """What is wrong with the platform's settings."""
    try:
        found = PlatformSettings()  # type: ignore[call-arg]  # pydantic 1 keeps its defaults from mypy
    except ValidationError as error:
        return [Finding(False, wrong["msg"]) for wrong in error.errors()]
    wanted = missing(found.dict())[name]
    if wanted:
        return [Finding(False, f"{', '.join(wanted)} must be set: docs/platforms/ tells where each is found")]
    try:
        settings()
    except ValidationError as error:
        return [Finding(False, wrong["msg"]) for wrong in error.errors()]
    return [Finding(True, "the settings are all there, and each has its form")]


async def reachable(platform: Platform, address: str) -> AsyncIterator[Finding]:
    """Whether the platform may reach the address, as far as this machine can tell."""
    parts = urlsplit(address)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme != "https":
        yield Finding(False, f"{address}: platforms call https:// alone")
    if platform.ports and port not in platform.ports:
        yield Finding(False, f"this platform calls no other ports than {', '.join(map(str, platform.ports))}")
    try:
        found = await asyncio.get_running_loop().getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except OSError:
        yield Finding(False, f"{parts.hostname} has no address")
        return
    inside = sorted({str(each[4][0]) for each in found if not ipaddress.ip_address(each[4][0]).is_global})
    if inside:
        yield Finding(False, f"{parts.hostname} is {', '.join(inside)}, which nobody reaches from outside")
    else:
        yield Finding(
            None, f"{parts.hostname} has a public address; whether a firewall stands before it, only a call shows"
        )


async def answers(platform: Platform, address: str, session: aiohttp.ClientSession) -> AsyncIterator[Finding]:
    """Whether the guide answers at the address: a GET, a forged request, and one signed as the platform signs."""
    webhook = f"{address}/webhooks/{platform.name()}/webhook"
    try:
        async with session.get(webhook, params=platform.greeting, allow_redirects=False) as answer:
            said, status = await answer.text(), answer.status
        if status == 404:
            yield Finding(
                False, f"{webhook}: nothing there. Is the guide running with these settings, and the path handed on?"
            )
            return
        known = said == platform.greeting.get("hub.challenge", "This address takes POST requests.")
        yield Finding(known, f"{webhook} {'is the guide' if known else f'answers {status}: is that the guide?'}")
        trial = platform.trial()
        forged = {name: "0" for name in trial.headers} if trial else {"Authorization": "Bearer 0"}
        body = trial.forged if trial else b"{}"
        async with session.post(webhook, data=body, headers={**forged, **Trial.kind(body)}) as answer:
            refused = answer.status == 403
            yield Finding(refused, f"a forged request {'is refused' if refused else f'gets {answer.status}, not 403'}")
        if not trial:
            yield Finding(None, "only the platform itself can sign a request: its console's test is the first one")
            return
        async with session.post(
            webhook, data=trial.body, headers={**trial.headers, **Trial.kind(trial.body)}
        ) as answer:
            good = answer.status == 200
            told = "is acknowledged" if good else f"gets {answer.status}: {(await answer.text())[:80]}"
            yield Finding(good, f"a request signed with these settings {told}")
    except aiohttp.ClientConnectorCertificateError:
        yield Finding(False, f"{address}: its certificate is not good for that name, or not signed by anybody known")
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
        yield Finding(False, f"{webhook} cannot be reached ({type(error).__name__})")


async def account(platform: Platform, address: str) -> AsyncIterator[Finding]:
    """What the platform says of the account."""
    try:
        for finding in await platform.account(f"{address}/webhooks/{platform.name()}/webhook"):
            yield finding
    except Refused as refused:
        yield Finding(False, f"the platform refuses the account's settings ({refused.args[0]})")
    except TryAgain as failure:
        yield Finding(False, f"the platform cannot be reached, or is in trouble ({failure.args[0]})")
    except (LookupError, TypeError, AttributeError) as error:
        yield Finding(False, f"the platform says something that its documents do not ({type(error).__name__})")


async def counted(guide: str, name: str, session: aiohttp.ClientSession) -> dict[str, float]:
    """The guide's counters of one channel."""
    async with session.get(f"{guide}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    own = [line for line in lines if line.startswith(COUNTED) and f'channel="{name}"' in line]
    return {each: sum(float(line.rsplit(" ", 1)[1]) for line in own if line.startswith(each)) for each in COUNTED}


async def watched(guide: str, name: str, seconds: float, session: aiohttp.ClientSession) -> Finding:
    """Waits for the first message, and says what became of it."""
    try:
        before, end = await counted(guide, name, session), time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(EVERY)
            now = await counted(guide, name, session)
            come, failed, unread = (now[each] - before[each] for each in COUNTED)
            if failed:
                return Finding(False, "a reply could not be delivered: the log has the platform's code for why")
            if unread:
                return Finding(False, "a message came that could not be read")
            if come:
                await asyncio.sleep(EVERY)
                failed = (await counted(guide, name, session))[COUNTED[1]] - before[COUNTED[1]]
                return Finding(not failed, "a message came, and " + ("no reply went out" if failed else "was answered"))
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError):
        return Finding(False, f"{guide}/metrics cannot be read: is the guide there?")
    return Finding(False, f"no message came within {seconds:g} seconds")


def told(finding: Finding) -> bool:
    """Prints it; False for a failure."""
    print(f"{SAYS[finding.good]}  {finding.told}", flush=True)
    return finding.good is not False


async def walk(name: str, address: str = "", guide: str = "http://localhost:5005", wait: float = 0) -> bool:
    """The whole walk for one platform. False where something must be mended first."""
    if not all([told(finding) for finding in lacking(name)]):
        return False
    platform = next(each for each in PLATFORMS if each.name() == name)()
    well = True
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            address = (address or platform.public_address()).rstrip("/")
            if address:
                for step in (reachable(platform, address), answers(platform, address, session)):
                    well = all([told(finding) async for finding in step]) and well
            else:
                well = told(Finding(False, "say ADDRESS=, the https address at which the platform shall call"))
            well = all([told(finding) async for finding in account(platform, address)]) and well
            if well:
                print(NEXT.format(page=platform.page, guide=guide, name=name))
            if well and wait:
                well = told(await watched(guide, name, wait, session))
    finally:
        await platform.api.close()
    return well


def main() -> None:
    """Ends with 1 where something must be mended first."""
    parser = argparse.ArgumentParser(
        prog="make channels-check", description="Walks through a platform's first message."
    )
    parser.add_argument("platform", choices=[platform.name() for platform in PLATFORMS])
    parser.add_argument("--address", default="", help="where the platform calls, with https:// before it")
    parser.add_argument("--guide", default="http://localhost:5005", help="where the guide itself listens")
    parser.add_argument("--wait", type=float, default=0, help="seconds to watch for the first message")
    asked = parser.parse_args()
    sys.exit(0 if asyncio.run(walk(asked.platform, asked.address, asked.guide.rstrip("/"), asked.wait)) else 1)


if __name__ == "__main__":
    main()
