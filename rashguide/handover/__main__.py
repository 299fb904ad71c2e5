"""``make handover-test`` sends one test message the way that is set up; ``make handover-log`` prints the audit log.

Neither shows anything that a person wrote.
"""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
import warnings

warnings.filterwarnings("ignore", category=DeprecationWarning)  # before Rasa is imported

from pydantic import ValidationError

from rashguide import ROOT
from rashguide.handover.message import Message, NotDelivered
from rashguide.handover.sender import WAYS
from rashguide.settings import settings
from rashguide.stores.conversations import ConversationStore
from rashguide.stores.outbox import Outbox

TEST = (
    "This is a test of the connection between the rash guide and your team. No patient wrote it. Nothing is to be done."
)


def test() -> str:
    """Sends the test message; what came of it as a sentence. Ends the program where it was not taken."""
    way = settings().handover
    if not way:
        sys.exit("HANDOVER is not set: nothing is sent to the clinic.")
    message = Message(secrets.token_hex(16), TEST, "Test", "nobody", time.time())
    try:
        asyncio.run(WAYS[way](message))
    except NotDelivered as error:
        sys.exit(f"The test message was not taken ({way}): {error}")
    return f"The test message was taken ({way}). Its reference: {message.key}. Look whether the team has it."


def log() -> str:
    """The audit log as lines: when it was asked for, which way, what came of it and when, after how many attempts."""
    store = ConversationStore(db=str(ROOT / "conversations.db"))
    told = [
        f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(row.asked))}  {row.way:8}  {row.outcome:9}  "
        f"{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(row.ended)) if row.ended else '-':20}  {row.attempts}"
        for row in asyncio.run(Outbox(store).log())
    ]
    return "\n".join(["asked                 way       outcome    ended                 attempts", *told])


def main() -> None:
    """``test`` or ``log``."""
    try:
        settings()
    except ValidationError as error:
        sys.exit("\n".join(found["msg"] for found in error.errors()))
    print(log() if sys.argv[1:] == ["log"] else test())


if __name__ == "__main__":
    main()
