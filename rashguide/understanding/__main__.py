"""Shows in words how a message is understood, and why: ``make try Q="..."``, also ``AFTER=skin_care make try ...``."""

from __future__ import annotations

import asyncio
import logging
import os
import sys

import numpy as np

from rashguide import ROOT, content
from rashguide.understanding.bands import ALONE, BOTH, SECOND
from rashguide.understanding.encoder import encode, encode_remembered
from rashguide.understanding.keys import SEQUEL, Parsed
from rashguide.understanding.reader import plain, read
from rashguide.understanding.sequels import AFTER
from rashguide.understanding.signs import find
from rashguide.understanding.thresholds import thresholds

NEAREST = 6  # phrases shown


def nearest(text: str) -> list[tuple[float, str, str, str]]:
    """The training phrases nearest in meaning: (likeness up to 1, phrase, subject, degree of alarm)."""
    phrases = [(phrase, subject.id) for subject in content.subjects().values() for phrase in subject.phrases]
    vectors = encode_remembered([plain(phrase.text) for phrase, _ in phrases])
    own = encode([plain(text)])[0]
    likeness = vectors @ own / (np.linalg.norm(vectors, axis=1) * np.linalg.norm(own))
    return [
        (float(likeness[row]), phrases[row][0].text, phrases[row][1], phrases[row][0].degree)
        for row in np.argsort(-likeness)[:NEAREST]
    ]


def parse(text: str, after: str) -> Parsed:
    """What the trained model makes of the message, beside the reply of the subject that it follows."""
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.WARNING)  # else the message is printed with all that is known of it

    agent = Agent.load(str(ROOT / "models" / "guide.tar.gz"))
    message = UserMessage(text, metadata={AFTER: after or None})
    parsed: Parsed = asyncio.run(agent.processor.parse_message(message))  # type: ignore[union-attr]
    return parsed


def told(text: str, after: str) -> list[str]:
    """The lines that ``make try`` prints."""
    parsed, chosen = parse(text, after), thresholds()
    safety = parsed["safety"]
    lines = [f"Message: {text}", f"Understood as: {parsed['intent']['name']} ({parsed['intent']['confidence']:.2f})"]
    lines += [f"  {entry['confidence']:.2f}  {entry['name']}" for entry in parsed["intent_ranking"]]
    lines.append(f"An answer is given from {chosen.answer:g}, what is declined from {chosen.decline:g},")
    lines.append(f"  any other reply from {chosen.talk:g}.")
    lines.append(
        f"Two that come to {chosen.both:g} together, the second to {SECOND:g}, the first below {ALONE:g}: both."
    )
    if parsed.get(BOTH):
        lines.append(f"Both answered: {', '.join(parsed[BOTH])}")
    if parsed["offers"]:
        lines.append(f"Offered instead: {', '.join(parsed['offers'])}")
    degrees = ", ".join(f"{name} {share:.2f}" for name, share in safety["degrees"].items())
    lines.append(f"Alarm: {safety['outcome']} ({degrees}; group {safety['group'] or 'unsure'})")
    lines.append(f"  alarm from {chosen.alarm:g}, today from {chosen.today:g}, a check from {chosen.check:g}")
    for sign in find(read(text)):
        lines.append(
            f"  listed sign: {sign.text} ({sign.name}){', cancelled: ' + sign.cancelled if sign.cancelled else ''}"
        )
    sequel = parsed.get(SEQUEL)
    if sequel:
        means = ", ".join(f"{entry['name']} {entry['confidence']:.2f}" for entry in sequel["ranking"])
        lines.append(f"Beside {after}: {means}")
    lines.append("Nearest phrases:")
    lines += [
        f"  {likeness:.2f}  {phrase}  [{subject}, {degree}]" for likeness, phrase, subject, degree in nearest(text)
    ]
    return lines


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        sys.exit('Say what: make try Q="why is my face red"')
    print("\n".join(told(sys.argv[1], os.environ.get("AFTER", ""))))
