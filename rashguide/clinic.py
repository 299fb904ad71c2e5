"""What is said of the clinic, by what its card holds and by the hour: the number that answers now.

The sentences stand in ``data/talk/clinic.yml``. Where nothing of the card is set, nothing is said of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Optional

from icalendar import Alarm, Calendar, Event

from rashguide import content, linear
from rashguide.content import composing
from rashguide.content.names import Response
from rashguide.settings import settings

CALL = timedelta(minutes=15)  # how long the call stands in a calendar

_SENTENCE = linear.compile(r"[^.!?\n]+[.!?]+")
# How replies send people to the clinic, or to a doctor or emergency department today.
_SENDS = linear.compile(
    r"(?i)\b(?:call|ask|tell|see|show|to) your clinic(?:[^'’]|$)|\b(?:clinic|doctor|department) today\b|clinic closed\?"
)


def _says(name: str, words: dict[str, str]) -> str:
    """One of the sentences, its placeholders filled, with a capital letter."""
    subject = content.subject_of(Response.CLINIC)
    said = subject.metadata["says"][name].format(**words) if subject else ""
    return said[:1].upper() + said[1:]


def now(at: Optional[datetime] = None) -> str:
    """Whether the clinic is open, and whom to call at this hour. "" where nothing is set."""
    card = settings().card()
    if not card:
        return ""
    words = settings().numbers() | card.words(at)
    after_hours = "_after_hours" if card.after_hours else ""
    is_open = card.is_open(at)
    if is_open:
        names = ["open", *(["closes"] if card.closes(at) else [])]
    elif is_open is None:
        names = [*(["number"] if card.phone else []), f"when_closed{after_hours}"]
    else:
        names = [f"closed{after_hours}", *(["opens"] if card.opens(at) else [])]
    return " ".join(_says(name, words) for name in names)


def answer(at: Optional[datetime] = None) -> str:
    """All that the card holds: what holds now, the number, the page."""
    card, words = settings().card(), settings().numbers()
    said = [now(at)]
    if card.phone and card.phone not in said[0]:
        said.append(_says("number", words))
    return " ".join([*said, *([_says("site", words)] if card.url else [])])


def reads(at: Optional[datetime] = None) -> str:
    """When somebody reads a message that is sent there now."""
    card = settings().card()
    name = "reads_open" if card.is_open(at) else "reads_closed" if card.opens(at) else "reads"
    return _says(name, settings().numbers() | card.words(at))


def reminder(at: Optional[datetime] = None) -> str:
    """When to call, and which number."""
    card = settings().card()
    words = settings().numbers() | card.words(at)
    said = [_says("remind" if card.opens(at) else "remind_some_time", words)]
    return " ".join(said + [_says("number", words)] * bool(card.phone))


def calendar(at: Optional[datetime] = None) -> str:
    """An iCalendar file (RFC 5545) with the call at the clinic's next opening; "" where that is not known."""
    card = settings().card()
    opens = card.opens(at)
    if opens is None:
        return ""
    event, alarm, file = Event(), Alarm(), Calendar()
    title = f"Call {card.words(at)['clinic']}"
    event.add("uid", f"call-{opens:%Y%m%dT%H%M}@rash-guide")
    event.add("dtstamp", card.here(at))
    event.add("dtstart", opens)
    event.add("dtend", opens + CALL)
    event.add("summary", title)
    if card.phone:
        event.add("description", card.phone)
    alarm.add("action", "DISPLAY")
    alarm.add("description", title)
    alarm.add("trigger", timedelta())
    event.add_component(alarm)
    file.add("prodid", "-//Dupixent rash guide//EN")
    file.add("version", "2.0")
    file.add_component(event)
    file.add_missing_timezones()
    return str(file.to_ical(), "utf-8")


def sends(text: str) -> Optional[tuple[int, int]]:
    """Where in a reply the last sentence stands that sends people to the clinic or to a doctor today."""
    nobody = composing.pieces()["nobody_reads"]
    found = [
        sentence.span()
        for sentence in _SENTENCE.finditer(text)
        if _SENDS.search(sentence.group()) and sentence.group().strip() not in nobody
    ]
    return found[-1] if found else None


def named(text: str, at: Optional[datetime] = None) -> str:
    """The reply with what holds at the clinic now, where it sends people there; else as it was."""
    said, place = now(at), sends(text)
    if not said or place is None:
        return text
    asked = composing.pieces()["when_closed"].format(**settings().numbers())
    if asked in text:  # what is asked there is answered
        return text.replace(asked, said)
    return f"{text[: place[1]]} {said}{text[place[1] :]}"
