"""Draws what stands after an alarm and what each next message gets, from data/safety/states.yml: ``make states``."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "states", "font.size": 8})

from matplotlib import pyplot
from matplotlib.axes import Axes

from rashguide import ROOT
from rashguide.content import UTTER
from rashguide.content.names import ACTS
from rashguide.dialogue.standing import SETTLED, State, Step, began, table

FILE = ROOT / "docs" / "states.svg"
TITLES = {"urgent_today": "Call a doctor today", "emergency": "Emergency", "crisis": "Thoughts of suicide"}
COLORS = {"urgent_today": "#fff3c4", "emergency": "#ffd9d2", "crisis": "#e3dcf5", SETTLED: "#d8f0da"}
COLUMN, ROW, TOP, ABOUT = (
    4.6,
    0.2,
    1.3,
    1.7,
)  # inches: a state's width, a line's height, the diagram's, the acts' names'
# The states from left to right, graver ones further on, and what settles each.
PLACES = {
    None: (0.1, ""),
    "urgent_today": (0.36, "settled where it never happened, or a doctor was talked to"),
    "emergency": (0.62, "settled where it never happened, or a doctor has seen it"),
    "crisis": (0.88, "settled where they are safe, or never had such thoughts"),
}
MIDDLE = 0.55  # of the diagram's height


def _written(step: Step) -> str:
    ending = " + answer" if step.answer else ""
    return step.say.removeprefix(UTTER) + ending


def _after(step: Step, state: str) -> str:
    """What stands after a line."""
    own = began(step.say)
    return own.state if own and own.state else step.then or state


def _lines(state: State) -> list[tuple[str, Step]]:
    """A state's lines in the order of the acts, what groups change under them."""
    found = [(act, state.acts[act]) for act in ACTS] + [("anything else", state.otherwise)]
    for group, own in state.groups.items():
        found += [(f"{group}: {act.replace('otherwise', 'anything else')}", step) for act, step in own.items()]
    return [(name.replace("after_", "").replace("_", " "), step) for name, step in found]


def _diagram(axes: Axes) -> None:
    axes.set_axis_off()
    for start, end in zip(list(PLACES)[:-1], list(PLACES)[1:]):
        arrow = {"arrowstyle": "->", "color": "#555", "shrinkA": 55, "shrinkB": 62}
        axes.annotate("", (PLACES[end][0], MIDDLE), (PLACES[start][0], MIDDLE), arrowprops=arrow)
    for name, (x, settled) in PLACES.items():
        box = {"boxstyle": "round,pad=0.6", "facecolor": COLORS[name or SETTLED], "edgecolor": "#555"}
        axes.text(x, MIDDLE, TITLES.get(name or "", "Nothing stands"), ha="center", va="center", bbox=box, fontsize=9)
        axes.text(x, MIDDLE - 0.35, settled, ha="center", va="center", color="#555", fontsize=7)
    axes.text(
        0.5,
        0.9,
        "Signs for today, a grave sign, or despair let a state stand at once, from any other. "
        "Of two, the graver stands. Nothing else ends one within a conversation.",
        ha="center",
        color="#555",
    )


def _column(axes: Axes, name: str, state: State, rows: int) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, COLUMN)
    axes.set_ylim(rows, -1)
    axes.text(0, -0.4, TITLES[name], fontsize=10, fontweight="bold")
    for place, (about, step) in enumerate(_lines(state)):
        axes.add_patch(
            pyplot.Rectangle((ABOUT, place + 0.05), COLUMN - ABOUT - 0.15, 0.9, color=COLORS[_after(step, name)], lw=0)
        )
        axes.text(0, place + 0.7, about)
        axes.text(ABOUT + 0.06, place + 0.7, _written(step))


def draw(file: Path = FILE) -> None:
    """Writes the picture: the same data, the same bytes."""
    states = {name: table().states[name] for name in TITLES}
    rows = max(len(_lines(state)) for state in states.values()) + 1
    figure = pyplot.figure(figsize=(COLUMN * len(states), TOP + ROW * (rows + 2)))
    height = figure.get_figheight()
    _diagram(figure.add_axes((0, 1 - TOP / height, 1, TOP / height)))
    for place, (name, state) in enumerate(states.items()):
        _column(figure.add_axes((place / 3 + 0.01, 0.3 / height, 1 / 3, ROW * (rows + 1) / height)), name, state, rows)
    color = "A line's color is that of what stands after it; green: nothing. Sure enough from {}; settled from"
    settles = ", ".join(f"{state.settles} ({TITLES[name].lower()})" for name, state in states.items())
    figure.text(0.01, 0.1 / height, f"{color.format(table().sure)} {settles}.", color="#555")
    figure.savefig(file, metadata={"Date": None, "Creator": None})
    pyplot.close(figure)


if __name__ == "__main__":
    draw()
