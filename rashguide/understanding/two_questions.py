"""Two questions in one message: understood one by one, where both are sure and of different subjects."""

from __future__ import annotations

from typing import Any, Optional

from rasa.core.agent import Agent

from rashguide import content
from rashguide import linear as re
from rashguide.understanding.reader import read
from rashguide.understanding.safety import CLEAR, SAFETY

PARTS = "parts"
SURE = 0.9
SHORTEST, LONGEST = 2, 16  # words of one question; what is longer tells a story and has one question at its end
_ASKS = r"what|whats|how|why|will|is|can|could|should|does|do|are|who|when|would"
_WORD = re.compile(rf"\b(?:{_ASKS})\b", re.I)
_JOINED = re.compile(rf"[,;]?\s+(?:and|also|plus|&)\s+(?:also\s+)?((?:{_ASKS})\b)", re.I)
_QUESTION = re.compile(rf"^(?:\W|and|also|so|ok|but|hi|hello)*(?:{_ASKS})\b", re.I)


def split(text: str) -> list[str]:
    """The two questions of a message; none where it holds any other number, or more than questions."""
    if len(text.split()) > 2 * LONGEST or len(_WORD.findall(text)) < 2:
        return []
    sentences = [sentence.text.strip() for sentence in read(text).sents]
    parts = [part.strip() for sentence in sentences for part in _JOINED.sub(r"\n\1", sentence).split("\n")]
    parts = [part for part in parts if re.search(r"\w", part)]
    asked = [part for part in parts if _QUESTION.search(part) and SHORTEST <= len(part.split()) <= LONGEST]
    return asked if len(asked) == 2 == len(parts) else []


async def understood(agent: Agent, text: str) -> Optional[dict[str, Any]]:
    """Rasa's parse data with the two subjects in ``parts``; None where the message is to be understood as one."""
    asked = split(text)
    if not asked or not agent.is_ready():
        return None
    whole = await agent.parse_message(text)
    found = [(await agent.parse_message(part)) for part in asked]
    subjects = [parsed["intent"]["name"] for parsed in found]
    if (
        all(parsed[SAFETY]["outcome"] == CLEAR for parsed in (whole, *found))
        and all(map(content.is_faq, subjects))
        and all(parsed["intent"]["confidence"] >= SURE for parsed in found)
        and subjects[0] != subjects[1]
    ):
        whole[PARTS] = subjects
    return whole
