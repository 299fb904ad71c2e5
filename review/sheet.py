"""Writes the clinician's review sheet from the content itself: ``make review``.

``review/sheet.html`` holds all of it; ``review/sheet.pdf`` the same for print, with some of the phrases and without
what is written in other scripts. ``review/safety-case.pdf`` is docs/clinical-safety.md for print.
"""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rashguide.guard.advice import ADVICE
from rashguide.settings import settings
from review import case, items
from review.pages import Pages

FOLDER = Path(__file__).resolve().parent
TITLE = "The Dupixent rash guide: clinician's review sheet"
SHOWN_PHRASES, SHOWN_SEQUELS = 8, 2  # in print; the page for the screen has all
AGREED = "agreed / to change: ____________________   name, role: __________________________   date: ____________"


def summary() -> str:
    """How far the review has come, in sentences."""
    found = items.summary()
    lost = f" {found['lost']} sign-offs no longer hold." if found["lost"] else ""
    stale = f" {found['stale']} texts were last checked over a year ago." if found["stale"] else ""
    return (
        f"{found['signed']} of {found['items']} items are signed off by a clinician; of the {found['safety']} that are "
        f"for safety in the country that is set, {found['safety_signed']}.{lost}{stale}"
    )


def to_sign() -> str:
    """How something is signed off."""
    return (
        "A sign-off is given for an item as it stands here: its text, buttons, links, sources, facts, cautions, "
        "numbers in every country, and the phrases that lead to it. Its version changes with any of them, which voids "
        "the sign-off; after a year it ends. To record one: make sign ITEM=<id>@<version> BY='<name>, <role>'."
    )


def spread(found: list[Any], most: int) -> list[Any]:
    """At most so many of a list, from all over it."""
    return found[:: max(1, -(-len(found) // most))][:most]


def fits(text: str) -> bool:
    """True where the print's font has every letter."""
    return all(letter <= "\uffff" for letter in text)


def write_html(file: Path) -> None:
    """The sheet for the screen, whole."""
    environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined)
    template = environment.get_template("sheet.html.j2")
    file.write_text(
        template.render(
            title=TITLE,
            summary=summary(),
            to_sign=to_sign(),
            version=items.summary()["version"],
            country=settings().country,
            parts=[(part, list(found)) for part, found in groupby(items.entries(), lambda entry: entry["part"])],
            tables=items.tables(),
            every=items.every(),
            state=items.state,
            fill=lambda text: text.format(**settings().numbers()),
        ),
        encoding="utf-8",
    )


def _item(pages: Pages, identifier: str) -> None:
    """The line that tells an item's version and state."""
    item = items.every()[identifier]
    safety = "for safety; " if item.safety else ""
    pages.facts([("sign-off", f"{identifier}@{item.version}; {safety}{items.state(item)}\n{AGREED}")])


def _reply(pages: Pages, entry: dict[str, Any]) -> None:
    pages.heading(f"{entry['label']}  ({entry['id']})", 2)
    phrases = spread([text for text, _ in entry["phrases"] if fits(text)], SHOWN_PHRASES)
    more = len(entry["phrases"]) - len(phrases)
    sources = [f"{number}. {source}" for number, source in enumerate(entry["sources"], 1)]
    pieces = [f"{', '.join(entry['pieces'])}: see the three steps"] if entry["pieces"] else []
    rows = [
        ("reply", entry["reply"]),
        ("buttons", " · ".join(entry["buttons"])),
        ("links", " · ".join(entry["links"])),
        ("facts", entry["facts"]),
        ("caution", entry["caution"]),
        ("sources", "\n".join([*sources, *pieces])),
        ("numbers", ", ".join(entry["numbers"])),
        ("said after", "; ".join(entry["said_after"])),
        ("asked as", " | ".join(phrases) + (f" | and {more} more, in sheet.html" if more else "")),
        ("plainness", f"grade {entry['grade']} as seen (Flesch-Kincaid), {entry['words']} words"),
        ("checked", f"{entry['checked']}{': over a year ago' if entry['stale'] else ''}"),
    ]
    pages.facts([(name, value) for name, value in rows if value], shaded=("reply",))
    _item(pages, entry["id"])


def _steps(pages: Pages, tables: dict[str, Any]) -> None:
    pages.heading("The three steps", 1)
    pages.text_block("Each sign stands once, under the step that it needs; every reply is composed of these words.")
    for step, signs in tables["steps"]:
        pages.facts([(step, "\n".join(f"- {sign}" for sign in signs))])
    pages.facts(
        [("rests on", "\n".join(f"{name}: {' '.join(line.split())}" for name, line in tables["rests_on"].items()))]
    )
    _item(pages, "steps")


def _signs(pages: Pages, tables: dict[str, Any]) -> None:
    pages.heading("The list of signs, with degrees", 1)
    pages.text_block(
        "A second layer beside the trained detector. A sign that nothing cancels raises at least the check "
        "of its degree. “...” skips up to three words, | is either, * allows one wrong letter."
    )
    pages.grid(
        ("sign", "degree", "phrases"),
        [(group, degree, "; ".join(phrases)) for group, degree, phrases in tables["signs"]],
        (20, 20, 138),
    )
    pages.ln(2)
    pages.grid(("cancels a sign", "words near it"), [(k, ", ".join(map(str, v))) for k, v in tables["cues"]], (30, 148))
    _item(pages, "signs")


def _line(line: dict[str, Any]) -> tuple[str, str, str, str]:
    """A line of the table of states: what is written, said, and left standing, with a few phrases."""
    act = f"{line['group']}: {line['act']}" if line["group"] else line["act"]
    says = line["response"].removeprefix("utter_") + " + the answer, if it may be given" * line["answer"]
    few = spread([text for text in line["phrases"] if fits(text)], SHOWN_SEQUELS)
    return act, says, line["after"], " | ".join(few) + f" ({len(line['phrases'])})" * bool(line["phrases"])


def _states(pages: Pages, tables: dict[str, Any]) -> None:
    pages.heading("What follows an alarm", 1)
    pages.text_block("What each kind of next message gets, and what stands after it. The replies themselves are below.")
    for name, lines in tables["states"].items():
        pages.heading(f"While it stands: {name.replace('_', ' ')}", 2)
        rows = [_line(line) for line in lines]
        pages.grid(("next message", "reply", "then stands", "phrases"), rows, (32, 50, 24, 72))
        _item(pages, f"states/{name}")


def _shown(pages: Pages, tables: dict[str, Any]) -> None:
    pages.heading("Combinations, as patients see them", 1)
    for name, (title, exchanges) in tables["shown"].items():
        pages.heading(title, 2)
        for exchange in exchanges:
            replies = [("reads", reply.format(**settings().numbers())) for reply in exchange.replies]
            buttons = [("buttons", " · ".join(exchange.buttons))] * bool(exchange.buttons)
            pages.facts([("writes", exchange.message), *replies, *buttons], shaded=("reads",))
        _item(pages, f"shown/{name}")


def _numbers(pages: Pages, tables: dict[str, Any]) -> None:
    pages.heading("Telephone numbers by country", 1)
    pages.text_block("What is not confirmed is not used: then the words on the right are said.")
    pages.grid(
        ("kind", "where none is confirmed"), [(k.replace("_", " "), v) for k, v in tables["anywhere"]], (40, 138)
    )
    for code, name, kinds in tables["numbers"]:
        pages.heading(f"{name} ({code})", 2)
        rows = [
            (kind.replace("_", " "), each["say"], each["source"], each["checked"], "yes" if each["confirmed"] else "NO")
            for kind, each in kinds
        ]
        if rows:
            pages.grid(("kind", "said", "source", "checked", "confirmed"), rows, (25, 40, 72, 20, 21))
        _item(pages, f"numbers/{code}")


def write_pdf(file: Path) -> None:
    """The sheet for print."""
    tables, entries = items.tables(), items.entries()
    version = items.summary()["version"]
    pages = Pages(TITLE, f"Review sheet, version {version}. Drafted by the developers; see each item's state.")
    pages.text_block(summary(), style="B")
    pages.text_block(f"Each reply stands as patients see it with COUNTRY={settings().country}. “{ADVICE}” ends each.")
    pages.text_block(to_sign())
    for write in (_steps, _signs, _shown, _states, _numbers):
        write(pages, tables)
    part = ""
    for entry in entries:
        if entry["foreign"]:
            continue
        if entry["part"] != part:
            part = entry["part"]
            pages.add_page()
            pages.heading(part, 1)
        _reply(pages, entry)
    left_out = sum(entry["foreign"] for entry in entries)
    pages.text_block(f"{left_out} replies in other scripts are in sheet.html.")
    pages.output(str(file))


def main() -> None:
    """Writes all three, and docs/clinical-safety.md from its hazards."""
    write_html(FOLDER / "sheet.html")
    write_pdf(FOLDER / "sheet.pdf")
    case.write()
    case.write_pdf(FOLDER / "safety-case.pdf")
    print(f"{summary()}\nWrote review/sheet.html, review/sheet.pdf and review/safety-case.pdf")


if __name__ == "__main__":
    main()
