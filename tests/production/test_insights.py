"""The report shows what was asked, and neither it nor the queue shows by whom."""

from __future__ import annotations

import asyncio
import csv
import re

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from insights import report
from insights.scrub import common_words, scrub
from rashguide.stores.conversations import ConversationStore

PERSONAL = [
    ("my name is emma johansson and my face is red", ["emma", "johansson"], "face is red"),
    ("Hi, I'm Oluwaseun Adeyemi, is this rash normal", ["Oluwaseun", "Adeyemi"], "is this rash normal"),
    ("Dr Featherstonehaugh told me to stop dupixent", ["Featherstonehaugh"], "dupixent"),
    ("call me on 07700 900123 about the rash", ["07700", "900123"], "about the rash"),
    ("call me on +1 (555) 010-9999 please", ["555", "010", "9999"], "please"),
    ("mail jo.bloggs@example.org the answer", ["jo.bloggs", "example"], "the answer"),
    ("born 12/05/1984, rash since 3 March 2025", ["1984", "2025", "March"], "rash since"),
    ("my NHS number is 943 476 5919", ["943", "476", "5919"], "my"),
    ("we live at 14 Wisteria Gardens NW1 6XE", ["14", "Wisteria", "NW1", "6XE"], "we live at"),
    ("my daughter Rose has a red face", ["Rose"], "red face"),
    ("her mother, Grace, gave her the shot", ["Grace"], "shot"),
    ("see www.example.com/me and tell me", ["example"], "tell me"),
    ("I work at Initrode as a welder, is it the fumes", ["Initrode"], "is it the"),
]


@pytest.mark.parametrize(("text", "gone", "left"), PERSONAL, ids=lambda value: str(value)[:30])
def test_personal_details_are_taken_out_and_the_question_stays(text, gone, left):
    scrubbed = scrub(text)
    for detail in gone:
        assert not re.search(rf"\b{re.escape(detail)}\b", scrubbed, re.I), scrubbed
    assert left in scrubbed


@pytest.mark.parametrize("text", ["why is my face red?", "Is the itch from Dupixent?", "can i swim with a rash"])
def test_a_question_without_them_stays_as_it_is(text):
    assert scrub(text) == text


def test_scrubbing_leaves_most_of_what_people_write():
    assert len(common_words()) > 2000


@pytest.fixture
def store(tmp_path):
    domain = Domain.empty()
    made = ConversationStore(domain, db=str(tmp_path / "kept.db"))
    turns = [
        ("why is my face red?", "facial_redness", "utter_faq/facial_redness"),
        ("my throat is closing", "emergency", "utter_emergency"),
        ("my name is Zebedee, can i fly a kite", "out_of_scope", "utter_out_of_scope"),
        ("=HYPERLINK(1)", "nlu_fallback", "utter_nothing_near"),
        ("<script>alert(1)</script>", "nlu_fallback", "utter_unsure"),
    ]
    events = [SessionStarted()]
    for text, intent, response in turns:
        ranking = [{"name": intent, "confidence": 0.9}]
        parsed = {"text": text, "intent": ranking[0], "intent_ranking": ranking, "entities": []}
        events.append(UserUttered(text, ranking[0], [], parsed, input_channel="rest"))
        events.append(BotUttered("said", metadata={"utter_action": response}))
    asyncio.run(made.save(DialogueStateTracker.from_events("rest:secret-person", events, domain.slots)))
    return made


def test_the_report(store, tmp_path):
    page, unanswered = (path.read_text() for path in report.write(store, tmp_path))
    assert page.count("<svg") == 3
    assert "5 messages" in page
    assert "<script>" not in page
    for text in (page, unanswered):
        assert "Zebedee" not in text
        assert "secret-person" not in text
    rows = list(csv.DictReader(unanswered.splitlines()))
    assert len(rows) == 3
    assert all(not row["question"].startswith("=") for row in rows)
    assert any("can i fly a" in row["question"] for row in rows)


def test_without_conversations_it_says_so(tmp_path):
    page, _ = report.write(ConversationStore(Domain.empty(), db=str(tmp_path / "none.db")), tmp_path)
    assert "No conversation is stored" in page.read_text()
