"""A4 pages for print, made with fpdf2: headings, paragraphs and tables in one style, a page number on each."""

from __future__ import annotations

from pathlib import Path
from typing import Iterable, Sequence

import matplotlib
from fpdf import FPDF
from fpdf.enums import TableBordersLayout, VAlign
from fpdf.fonts import FontFace

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
INK, QUIET, SHADE, ALERT = (27, 27, 27), (90, 90, 90), (232, 241, 245), (253, 235, 230)
ROOM = 45.0  # mm that must be left on a page for something to begin there


class Pages(FPDF):
    """A document whose text may hold any letter of DejaVu Sans: Latin, Greek, Cyrillic."""

    def __init__(self, title: str, foot: str) -> None:
        super().__init__(format="A4")
        self.set_title(title)
        self._foot = foot
        for style, name in (("", "DejaVuSans"), ("B", "DejaVuSans-Bold"), ("I", "DejaVuSans-Oblique")):
            self.add_font("sheet", style, FONTS / f"{name}.ttf")
        self.set_margins(16, 15)
        self.set_auto_page_break(True, 18)
        self.alias_nb_pages()
        self.add_page()
        self.heading(title, 0)

    def footer(self) -> None:
        """What the document is, and the page's number."""
        self.set_y(-13)
        self.set_font("sheet", "", 7)
        self.set_text_color(*QUIET)
        self.cell(0, 5, self._foot)
        self.set_x(self.l_margin)
        self.cell(0, 5, f"{self.page_no()} / {{nb}}", align="R")
        self.set_text_color(*INK)

    def heading(self, text: str, level: int, room: float = ROOM) -> None:
        """Level 0 is the title, 1 a chapter, 2 what stands in it; on a new page where fewer ``room`` mm are left."""
        size = (17, 13, 10)[level]
        if self.will_page_break(room):
            self.add_page()
        if self.get_y() > self.t_margin + 1:
            self.ln((0, 5, 3)[level])
        self.set_font("sheet", "B", size)
        self.start_section(text, level=max(0, level - 1), strict=False)
        self.multi_cell(0, size * 0.52, text, new_x="LMARGIN", new_y="NEXT", align="L")
        self.ln(1)

    def text_block(self, text: str, size: float = 9, style: str = "") -> None:
        """A paragraph."""
        self.set_font("sheet", style, size)
        self.multi_cell(0, size * 0.52, text, new_x="LMARGIN", new_y="NEXT", align="L")
        self.ln(1)

    def facts(self, rows: Iterable[tuple[str, str]], shaded: Sequence[str] = ()) -> None:
        """Names on the left, what they are on the right; those named in ``shaded`` stand out."""
        self.set_font("sheet", "", 8)
        quiet, shade = FontFace(color=QUIET, size_pt=7), FontFace(fill_color=SHADE, size_pt=8.5)
        with self.table(
            col_widths=(24, 154),
            first_row_as_headings=False,
            borders_layout=TableBordersLayout.NONE,
            line_height=4.2,
            text_align="LEFT",
            v_align=VAlign.T,
            padding=(0.7, 1.2),
        ) as table:
            for name, value in rows:
                row = table.row()
                row.cell(name, style=quiet)
                row.cell(value, style=shade if name in shaded else None)

    def grid(self, head: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[float]) -> None:
        """A table with a line under each row, its head again on each page."""
        self.set_font("sheet", "", 7.5)
        with self.table(
            col_widths=tuple(widths),
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", fill_color=SHADE),
            line_height=3.9,
            text_align="LEFT",
            v_align=VAlign.T,
            padding=(0.8, 1),
        ) as table:
            for each in [head, *rows]:
                row = table.row()
                for value in each:
                    row.cell(value)
