"""The clinic's card: replies name the number that answers now; where nothing is set, each reads as ever."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta, timezone

import pytest
import textstat
from icalendar import Calendar
from pydantic import ValidationError
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide import clinic, content
from rashguide.channels import web
from rashguide.content import composing
from rashguide.content.names import STANDING, Intent, Response
from rashguide.dialogue import turns
from rashguide.settings import Settings, settings
from rashguide.wording import Wording
from tests.harness import reading
from tests.harness.clinic import CARD, at
from tests.harness.dialogue import Conversation, heard

MONDAY, NIGHT, SUNDAY, CHRISTMAS = "2026-11-30 09:00", "2026-11-30 22:30", "2026-11-29 11:00", "2026-12-25 10:00"
SUBJECTS = list(content.subjects().values())
SENDING = [subject for subject in SUBJECTS if clinic.sends(subject.text)]
ALARMING = [s for s in SUBJECTS if s.group in ("safety", "standing", "tongues") and s not in SENDING]


def wording() -> Wording:
    made = Wording()
    made.responses = {s.response: [{"text": s.text, "metadata": s.metadata}] for s in SUBJECTS}
    return made


def heard_by(events: list) -> DialogueStateTracker:
    return DialogueStateTracker.from_events("rest:somebody", events)


def said(made: Wording, *responses: str, stands: str = "") -> list[str]:
    """The texts of one turn's responses, as the person gets them."""
    slots = [SlotSet(STANDING, stands)] if stands else []
    message = UserUttered("something", {"name": "greet"}, parse_data={})
    tracker = heard_by([SessionStarted(), *slots, ActionExecuted("action_listen"), message])
    told = []
    for response in responses:
        told.append(asyncio.run(made.generate(response, tracker, "rest"))["text"])
    return told


@pytest.mark.parametrize(
    ("hour", "told"),
    [
        (MONDAY, "Hill Skin Clinic is open now. Call 555-0100. It closes at 5 pm."),
        ("2026-11-30 16:59", "Hill Skin Clinic is open now. Call 555-0100. It closes at 5 pm."),
        (
            "2026-11-30 17:00",
            "Hill Skin Clinic is closed now. Call its after-hours line: 555-0199. It opens tomorrow at 8 am.",
        ),
        (
            SUNDAY,
            "Hill Skin Clinic is closed now. Call its after-hours line: 555-0199. It opens tomorrow at 8 am.",
        ),
        (
            CHRISTMAS,  # a Friday; what follows is a weekend
            "Hill Skin Clinic is closed now. Call its after-hours line: 555-0199. It opens on Monday at 8 am.",
        ),
        (
            "2026-03-08 02:30",  # an hour that is not there: the clocks go forward
            "Hill Skin Clinic is closed now. Call its after-hours line: 555-0199. It opens tomorrow at 8 am.",
        ),
    ],
)
def test_the_number_is_the_one_that_answers_at_this_hour(card, hour, told):
    assert clinic.now(at(hour)) == told


def test_the_hour_is_the_clinics_not_the_servers(card):
    assert clinic.now(datetime(2026, 11, 30, 13, 30, tzinfo=timezone.utc)).startswith("Hill Skin Clinic is open")
    assert clinic.now(datetime(2026, 11, 30, 12, 30, tzinfo=timezone.utc)).startswith("Hill Skin Clinic is closed")


@pytest.mark.parametrize(
    ("given", "hour", "told"),
    [
        ({"CLINIC_NAME": "Hill"}, MONDAY, "Is Hill closed? Call your clinic's or insurer's nurse line."),
        ({"CLINIC_PHONE": "555-0100"}, MONDAY, "The number of your clinic is 555-0100. Is your clinic closed? "),
        ({"AFTER_HOURS_PHONE": "555-0199"}, MONDAY, "Is your clinic closed? Call its after-hours line: 555-0199."),
        ({"CLINIC_URL": "https://clinic.example"}, MONDAY, "Is your clinic closed? Call "),
        ({"HOURS": "Mo-Fr 08:00-17:00"}, MONDAY, "Your clinic is open now. Call them. It closes at 5 pm."),
        ({"HOURS": "Mo-Fr 08:00-17:00"}, SUNDAY, "Your clinic is closed now. Call your clinic's or insurer's nurse "),
        ({"HOURS": "24/7", "CLINIC_PHONE": "555-0100"}, SUNDAY, "Your clinic is open now. Call 555-0100."),
        (
            {"HOURS": "off", "CLINIC_NAME": "Hill"},
            MONDAY,
            "Hill is closed now. Call your clinic's or insurer's nurse l",
        ),
        ({"HOURS": "Mo-Fr unknown", "CLINIC_NAME": "Hill"}, MONDAY, "Is Hill closed? Call "),
        ({"HOURS": "week 50 Tu 08:00-17:00", "CLINIC_NAME": "Hill"}, MONDAY, "Hill is closed now. "),
    ],
)
def test_whatever_of_it_is_set(set_up, given, hour, told):
    given = dict(given)
    hours = given.pop("HOURS", "")
    set_up(**given, **({"CLINIC_HOURS": hours, "CLINIC_TIMEZONE": CARD["CLINIC_TIMEZONE"]} if hours else {}))
    assert clinic.now(at(hour)).startswith(told)
    assert "{" not in clinic.now(at(hour)) + clinic.answer(at(hour)) + clinic.reminder(at(hour))


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"clinic_hours": "Mo-Fr 25", "clinic_timezone": "UTC"}, "CLINIC_HOURS cannot be read: 'Mo-Fr 25'"),
        ({"clinic_hours": "Mo-Fr 08:00-17:00"}, "CLINIC_TIMEZONE must be set with CLINIC_HOURS"),
        ({"clinic_hours": "PH off", "clinic_timezone": "UTC", "country": "IN"}, "write them as dates"),
        ({"clinic_timezone": "../etc/passwd"}, "CLINIC_TIMEZONE must be a time zone"),
        ({"clinic_name": "{emergency_number}"}, "CLINIC_NAME must be a name"),
        ({"clinic_name": "x" * 61}, "CLINIC_NAME must be a name"),
        ({"clinic_phone": "ring us"}, "CLINIC_PHONE must be one telephone number"),
        ({"after_hours_phone": "555-0100 or 555-0101 or 555-0102"}, "AFTER_HOURS_PHONE must be one telephone number"),
        ({"clinic_url": "javascript:alert(1)"}, "CLINIC_URL must be an address"),
    ],
)
def test_a_wrong_card_stops_the_start(wrong, named):
    with pytest.raises(ValidationError, match=named.replace("(", "[(]").replace("{", "[{]")):
        Settings(_env_file=None, **wrong)


def test_unset_not_one_reply_changes(set_up):
    """Every reply of ``data/``, as the wording says it, beside what stands there."""
    set_up()
    made, numbers = wording(), settings().numbers()
    for subject in SUBJECTS:
        if subject.response in (Response.CLINIC, Response.REMIND, Response.SEND):
            continue  # never said then, as the next test shows
        ever = "\n".join(filter(None, [subject.text.format(**numbers), subject.source_line]))
        not_kept = subject.metadata.get("not_kept")
        assert said(made, subject.response) == [f"{ever} {not_kept}" if not_kept else ever]


@pytest.mark.parametrize("intent", [Intent.CLINIC, Intent.REMIND, Intent.SEND])
def test_unset_its_questions_get_what_they_got_before(set_up, intent):
    set_up()
    assert Conversation().hear(heard("what's the number", intent)) == [Response.HUMAN]
    set_up(CLINIC_PHONE="555-0100")
    of_the_card = Response.HUMAN if intent == Intent.SEND else content.response_to(intent)
    assert Conversation().hear(heard("what's the number", intent)) == [of_the_card]


@pytest.mark.parametrize("subject", SENDING, ids=lambda s: s.id)
def test_set_each_reply_that_sends_there_names_it_once(card, subject):
    (told,) = said(wording(), subject.response)
    assert told.count(CARD["CLINIC_NAME"]) == 1 or told.count("Hill Skin Clinic") == 1
    assert (told.count("555-0100") or told.count("555-0199")) == 1
    assert composing.pieces()["when_closed"].format(**settings().numbers()) not in told


def test_all_that_ask_whether_the_clinic_is_closed_are_among_them():
    asking = [s for s in SUBJECTS if "Is your clinic closed?" in s.text and s.response != Response.CLINIC]
    assert len(asking) > 10
    assert all(subject in SENDING for subject in asking)
    assert {"talk_to_human", "report_symptom", "what_to_do", "urgent_today", "eczema_flare"} <= {s.id for s in SENDING}


def test_that_writing_here_tells_no_clinic_is_no_sending():
    assert clinic.sends(composing.pieces()["nobody_reads"]) is None


@pytest.mark.parametrize("subject", ALARMING, ids=lambda s: s.id)
def test_no_emergency_reply_names_it(card, subject):
    (told,) = said(wording(), subject.response)
    assert "Hill Skin Clinic" not in told
    assert "555-01" not in told


@pytest.mark.parametrize("stands", ["emergency", "crisis"])
def test_beside_an_emergency_no_reply_names_it(card, stands):
    made = wording()
    for subject in SENDING:
        assert "Hill" not in said(made, subject.response, stands=stands)[0]


def test_it_is_named_once_a_turn(card):
    told = said(wording(), "utter_report_symptom", "utter_faq/facial_redness", "utter_talk_to_human")
    assert "\n".join(told).count("Hill Skin Clinic") == 1


@pytest.mark.parametrize("hour", [MONDAY, NIGHT])
def test_asked_it_says_all_that_it_holds(card, hour):
    told = clinic.answer(at(hour))
    assert "555-0100" in told
    assert told.endswith("Its page is https://clinic.example/skin")
    assert said(wording(), Response.CLINIC)[0].endswith("Call 911 now.")


def test_what_is_said_of_it_is_plain(card):
    for hour in (MONDAY, NIGHT, CHRISTMAS):
        for text in (clinic.now(at(hour)), clinic.reminder(at(hour))):
            assert textstat.flesch_kincaid_grade(text) <= 6
            assert len(text.split()) / len(reading.sentences(text)) <= 15


def test_when_somebody_reads_a_message_is_said_by_the_hour(card, set_up):
    assert clinic.reads(at(MONDAY)) == "It is open now. Somebody reads messages in its open hours."
    assert clinic.reads(at(NIGHT)) == "Nobody reads it before the clinic opens tomorrow at 8 am."
    assert clinic.reads(at(CHRISTMAS)) == "Nobody reads it before the clinic opens on Monday at 8 am."
    assert (
        "Nobody reads it before" in said(wording(), Response.SEND)[0]
        or "It is open now." in said(wording(), Response.SEND)[0]
    )
    set_up(CLINIC_NAME="Hill")
    assert clinic.reads(at(MONDAY)) == "I do not know when somebody reads it."


def test_a_reminder_is_a_calendar_file_at_the_next_opening(card):
    for hour, opens in (
        (CHRISTMAS, "2026-12-28 08:00"),
        (MONDAY, "2026-12-01 08:00"),
        (SUNDAY, MONDAY[:10] + " 08:00"),
    ):
        (event,) = Calendar.from_ical(clinic.calendar(at(hour))).walk("VEVENT")
        assert event.decoded("dtstart") == at(opens)
        assert event.decoded("dtstart").utcoffset() == timedelta(hours=-5)
        assert str(event["summary"]) == "Call Hill Skin Clinic"
        assert str(event["description"]) == "555-0100"
    assert "on Monday at 8 am" in clinic.reminder(at(CHRISTMAS))


def test_no_opening_known_no_file(set_up):
    for hours in (
        {},
        {"CLINIC_HOURS": "24/7", "CLINIC_TIMEZONE": "UTC"},
        {"CLINIC_HOURS": "off", "CLINIC_TIMEZONE": "UTC"},
    ):
        set_up(CLINIC_PHONE="555-0100", **hours)
        assert clinic.calendar() == ""
        assert clinic.reminder() == "Call your clinic in the next few days. The number of your clinic is 555-0100."


def test_the_window_taps_its_numbers_and_saves_the_reminder(card):
    def shown(text: str, **about: object) -> dict:
        collected = web.Collected()
        asyncio.run(collected.send_response("x", {"text": text, **about}))
        return collected.messages[0]

    assert shown("Call 555-0100 or 555-0199.")["calls"] == [
        {"label": "555-0100", "href": "tel:5550100"},
        {"label": "555-0199", "href": "tel:5550199"},
    ]
    assert "calls" not in shown("Be gentle with it.")
    assert "calls" not in shown(
        "Call 911, not 555-0100.", utter_action="utter_emergency", metadata={"alert": "emergency"}
    )
    assert shown("Put it in.", utter_action=Response.REMIND)["calendar"].startswith("BEGIN:VCALENDAR\r\n")
    assert "calendar" not in shown("Put it in.", utter_action=Response.CLINIC)


def test_a_turn_is_not_told_apart_by_it():
    assert turns.Turn({}, None, clinic_named=True) == turns.Turn({}, None)
