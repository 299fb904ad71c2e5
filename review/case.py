"""The safety case: docs/clinical-safety.md, written from its hazards and from what was measured, and for print.

``review/hazards.yml`` is what an editor changes; ``review/figures.yml`` is written by ``make safety`` alone.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rashguide import ROOT
from review.pages import ROOM, Pages

FOLDER = Path(__file__).resolve().parent
FILE = ROOT / "docs" / "clinical-safety.md"
FIGURES, HAZARDS = FOLDER / "figures.yml", FOLDER / "hazards.yml"
SEVERITIES = {1: "minor", 2: "significant", 3: "considerable", 4: "major", 5: "catastrophic"}
LIKELIHOODS = {1: "very low", 2: "low", 3: "medium", 4: "high", 5: "very high"}
# The risk of each likelihood (rows, from very low) and severity (columns, from minor).
MATRIX = ((1, 1, 2, 2, 3), (1, 2, 2, 3, 4), (2, 2, 3, 3, 4), (2, 3, 3, 4, 5), (3, 4, 4, 5, 5))
RISKS = {1: "acceptable", 2: "tolerable", 3: "undesirable", 4: "mandatory control", 5: "unacceptable"}
FOOT = "Safety case. Drafted by the developers; no clinician has accepted it."
WIDEST = 178  # mm between the margins
NARROW = 6  # letters of a column whose cells stay on one line
HAZARD = 72.0  # mm that the table of a hazard takes


def risk(likelihood: int, severity: int) -> int:
    """The level of risk, 1 to 5, by the standard's matrix."""
    return MATRIX[likelihood - 1][severity - 1]


def keep(figures: dict[str, dict[str, Any]]) -> None:
    """Keeps what was measured."""
    head = "# What `make safety` measured; the likelihoods of the safety case rest on it. Not to be edited.\n"
    FIGURES.write_text(head + yaml.safe_dump(figures, sort_keys=False), encoding="utf-8")


def hazards() -> dict[str, Any]:
    """The hazards with their levels of risk, and what else review/hazards.yml tells.

    A hazard that names figures in ``measured`` has the highest likelihood that one of them has; others say their own.
    """
    document = yaml.safe_load(HAZARDS.read_text(encoding="utf-8"))
    figures = yaml.safe_load(FIGURES.read_text(encoding="utf-8"))
    for hazard in document["hazards"]:
        hazard["figures"] = [(name, figures[name]) for name in hazard.get("measured", [])]
        derived = [figure["likelihood"] for _, figure in hazard["figures"]]
        hazard["after"] = max(derived) if derived else hazard["after"]
        hazard["risk_before"] = risk(hazard["before"], hazard["severity"])
        hazard["risk_after"] = risk(hazard["after"], hazard["severity"])
    return dict(document)


def page() -> str:
    """The safety case as Markdown."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.get_template("clinical-safety.md.j2")
    names = {"severities": SEVERITIES, "likelihoods": LIKELIHOODS, "matrix": MATRIX, "risks": RISKS}
    return template.render(**hazards(), **names).rstrip() + "\n"


def write() -> None:
    """Writes docs/clinical-safety.md."""
    FILE.write_text(page(), encoding="utf-8")


def _plain(text: str) -> str:
    """A line without Markdown's marks; of a link its words."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"\*\*|`", "", text).strip()


def _cells(line: str) -> list[str]:
    return [_plain(cell) for cell in line.strip().strip("|").split("|")]


def _table(pages: Pages, lines: list[str]) -> None:
    """A Markdown table: without a head as facts, else as a grid with columns by the length of their cells."""
    head, rows = _cells(lines[0]), [_cells(line) for line in lines[2:]]
    if not any(head):
        pages.facts([(row[0], row[1]) for row in rows])
        return
    longest = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
    shares = [min(max(length, NARROW), 60) ** 0.7 for length in longest]
    pages.grid(head, rows, [WIDEST * share / sum(shares) for share in shares])
    pages.ln(2)


def write_pdf(file: Path, source: Path = FILE) -> None:
    """The page's Markdown as A4 pages."""
    blocks = re.split(r"\n{2,}", source.read_text(encoding="utf-8").strip())
    pages = Pages(_plain(blocks[0].lstrip("# ")), FOOT)
    for block in blocks[1:]:
        lines = block.splitlines()
        if lines[0].startswith("#"):
            chapter = lines[0].startswith("## ")
            pages.heading(_plain(lines[0].lstrip("# ")), 1 if chapter else 2, ROOM if chapter else HAZARD)
            lines = lines[1:]
        if lines and lines[0].startswith("|"):
            _table(pages, lines)
        elif lines and re.match(r"(-|\d+\.) ", lines[0]):
            for item in re.split(r"\n(?=-|\d+\. )", "\n".join(lines)):
                pages.text_block(_plain(" ".join(item.split())).replace("- ", "• ", 1))
        elif lines:
            pages.text_block(_plain(" ".join(lines)))
    pages.output(str(file))
