"""Puts a table of figures into a page, between its two marks."""

from __future__ import annotations

from rashguide import ROOT

PAGE = ROOT / "docs" / "production" / "faults.md"


def write(name: str, rows: list[list[object]]) -> None:
    """Prints the rows as a table, the first as its head, and puts it between the marks of that name."""
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    table = "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])
    print(table)
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(f"<!-- {name} -->")
    after = rest.partition(f"<!-- /{name} -->")[2]
    PAGE.write_text(f"{before}<!-- {name} -->\n{table}\n<!-- /{name} -->{after}", encoding="utf-8")
