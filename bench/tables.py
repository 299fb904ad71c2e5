"""Puts a table of figures into a page, between its two marks."""

from __future__ import annotations

from pathlib import Path

from rashguide import ROOT

PAGE = ROOT / "docs" / "production" / "faults.md"


def write(name: str, rows: list[list[object]], page: Path = PAGE) -> None:
    """Prints the rows as a table, the first as its head, and puts it between the marks of that name."""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    table = "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
    print(table)
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(f"<!-- {name} -->")
    after = rest.partition(f"<!-- /{name} -->")[2]
    page.write_text(f"{before}<!-- {name} -->\n{table}\n<!-- /{name} -->{after}", encoding="utf-8")
