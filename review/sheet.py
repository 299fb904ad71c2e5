"""Writes the clinician's review sheet from the content itself: ``make review``.

``review/sheet.html`` and ``review/sheet.pdf`` show each reply exactly as patients see it, with what it rests on. A
sign-off is recorded in the content file: ``reviewed`` names who, ``checked`` the day, ``wording`` the digest that the
sheet shows. A later change of wording voids it (tests/content/test_review.py).
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import matplotlib
import textstat
from fpdf import FPDF
from fpdf.fonts import FontFace
from jinja2 import Environment, FileSystemLoader
from rasa.shared.core.trackers import DialogueStateTracker

from rashguide import content
from rashguide.content.names import Response
from rashguide.guard.advice import ADVICE, advised
from rashguide.settings import settings
from rashguide.wording import Wording

FOLDER = Path(__file__).resolve().parent
UNREVIEWED = "not yet reviewed by a clinician"
SHOWN_PHRASES = 8
SHOWN = ("reply", "buttons", "source", "sources", "caution", "reviewed", "checked", "wording", "grade", "phrases")
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"


def digest(text: str) -> str:
    """What a sign-off is given for: twelve characters that change with any change of the wording."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()[:12]


def as_seen(subjects: list[content.Subject]) -> dict[str, str]:
    """Each reply as it reaches a patient, made by the same code: numbers, source line, advice and all."""
    wording = Wording()
    wording.responses = {s.response: [{"text": s.text, "metadata": s.metadata, "buttons": s.buttons}] for s in subjects}
    tracker = DialogueStateTracker.from_events("rest:sheet", [])

    async def one(subject: content.Subject) -> str:
        message = await wording.generate(subject.response, tracker, "rest")
        if subject.response == Response.UNSURE:
            message["buttons"] = []
        return advised([message], "rest:sheet")[-1]["text"]

    async def every() -> dict[str, str]:
        return {subject.id: await one(subject) for subject in subjects if subject.response != Response.UNSURE}

    return asyncio.run(every())


def entries() -> list[dict]:
    """What the sheet shows of each subject, grouped as in ``data/``."""
    subjects = list(content.subjects().values())
    seen = as_seen(subjects)
    found = []
    for subject in subjects:
        reply = seen.get(subject.id, f"{subject.text}\n(with up to three of the labels below as buttons)\n{ADVICE}")
        step = max(1, len(subject.phrases) // SHOWN_PHRASES)
        found.append(
            {
                "id": subject.id,
                "group": subject.group.replace("_", " "),
                "label": subject.metadata["label"],
                "reply": reply,
                "buttons": [button["title"] for button in subject.buttons],
                "grade": round(textstat.flesch_kincaid_grade(reply), 1),
                "words": len(subject.text.split()),
                "source": subject.source_told or "none",
                "sources": subject.metadata.get("sources", []),
                "caution": subject.metadata.get("caution", "none"),
                "reviewed": subject.metadata["reviewed"],
                "checked": subject.metadata["checked"],
                "wording": digest(subject.text),
                "phrases": [phrase.text for phrase in subject.phrases[::step][:SHOWN_PHRASES]],
                "phrase_count": len(subject.phrases),
                "foreign": any(letter > "\u024f" for letter in subject.text if letter.isalpha()),
            }
        )
    return found


def summary(found: list[dict]) -> str:
    """One sentence on how far the review has come."""
    open_ones = sum(entry["reviewed"] == UNREVIEWED for entry in found)
    return f"{len(found) - open_ones} of {len(found)} replies are signed off; {open_ones} are {UNREVIEWED}."


def write_html(found: list[dict], file: Path) -> None:
    """The sheet for the screen and the printer."""
    template = Environment(loader=FileSystemLoader(FOLDER), autoescape=True).get_template("sheet.html.j2")
    numbers = settings().numbers()
    file.write_text(template.render(entries=found, summary=summary(found), numbers=numbers), encoding="utf-8")


def write_pdf(found: list[dict], file: Path) -> None:
    """The sheet as a PDF. Sentences in scripts that its font lacks are in the HTML alone, and said to be."""
    pdf = FPDF(format="A4")
    pdf.set_title("The Dupixent rash guide: clinician's review sheet")
    for style, name in (("", "DejaVuSans"), ("B", "DejaVuSans-Bold")):
        pdf.add_font("sheet", style, FONTS / f"{name}.ttf")
    pdf.add_page()
    pdf.set_font("sheet", "B", 15)
    pdf.multi_cell(0, 8, "The Dupixent rash guide: clinician's review sheet", new_x="LMARGIN", new_y="NEXT")
    pdf.set_font("sheet", "", 9)
    pdf.multi_cell(0, 5, summary(found), new_x="LMARGIN", new_y="NEXT")
    for entry in found:
        if entry["foreign"]:
            continue
        pdf.ln(3)
        pdf.set_font("sheet", "B", 10)
        pdf.multi_cell(0, 6, f"{entry['label']}  ({entry['id']})", new_x="LMARGIN", new_y="NEXT")
        pdf.set_font("sheet", "", 8)
        with pdf.table(col_widths=(22, 100), headings_style=FontFace(), first_row_as_headings=False) as table:
            for name in SHOWN:
                value = entry[name]
                if name == "phrases":
                    value = "\n".join(f"- {text}" for text in value if all(letter <= "\u024f" for letter in text))
                elif name == "sources":
                    value = "\n".join(f"{number}. {source}" for number, source in enumerate(value, 1))
                elif isinstance(value, list):
                    value = ", ".join(value)
                if value != "":
                    row = table.row()
                    row.cell(name)
                    row.cell(str(value))
            row = table.row()
            row.cell("sign-off")
            row.cell("agreed / to change: ______________________   name, role: ____________________   date: __________")
    pdf.ln(3)
    left_out = sum(entry["foreign"] for entry in found)
    pdf.multi_cell(0, 5, f"{left_out} sentences in other scripts are in sheet.html.", new_x="LMARGIN", new_y="NEXT")
    pdf.output(str(file))


def main() -> None:
    """Writes both."""
    found = entries()
    write_html(found, FOLDER / "sheet.html")
    write_pdf(found, FOLDER / "sheet.pdf")
    print(f"{summary(found)}\nWrote review/sheet.html and review/sheet.pdf")


if __name__ == "__main__":
    main()
