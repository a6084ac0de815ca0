"""How the figures look, on light and on dark paper: one hue for amounts, four that differ in lightness too for lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap


@dataclass(frozen=True)
class Theme:
    """Colours of one kind of paper."""

    name: str
    paper: str
    ink: str
    quiet: str  # ticks, notes
    grid: str
    lines: tuple[str, ...]
    ramp: tuple[str, ...]  # from nothing to all

    def settings(self) -> dict[str, Any]:
        """Return matplotlib's rcParams for this paper."""
        from cycler import cycler

        return {
            "figure.facecolor": self.paper, "axes.facecolor": self.paper, "savefig.facecolor": self.paper,
            "text.color": self.ink, "axes.labelcolor": self.quiet, "axes.titlecolor": self.ink, "axes.edgecolor": self.grid,
            "xtick.color": self.grid, "ytick.color": self.grid, "xtick.labelcolor": self.quiet, "ytick.labelcolor": self.quiet,
            "axes.prop_cycle": cycler(color=self.lines), "lines.linewidth": 2, "lines.markersize": 6,
            "lines.solid_capstyle": "round", "axes.grid": True, "grid.color": self.grid, "grid.linewidth": 0.8,
            "axes.axisbelow": True, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10.5,
            "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlepad": 10, "axes.labelsize": 9, "font.size": 9,
            "xtick.labelsize": 8.5, "ytick.labelsize": 8.5, "legend.frameon": False, "legend.fontsize": 8.5,
            "figure.constrained_layout.use": True, "figure.dpi": 150, "savefig.dpi": 150,
        }  # fmt: skip

    def colormap(self) -> Colormap:
        """Return the colours of a heat map, from 0 to the largest."""
        from matplotlib.colors import LinearSegmentedColormap

        return LinearSegmentedColormap.from_list(self.name, self.ramp)


LIGHT = Theme(
    "light", "#ffffff", "#1f2328", "#5c636b", "#e3e5e8",
    ("#2563c9", "#d1590d", "#0f8a6a", "#8a3fb8"),
    ("#f3f6fb", "#a9c7f2", "#4a86dc", "#1c4fa3", "#0d2a5c"),
)  # fmt: skip
DARK = Theme(
    "dark", "#16181c", "#e8eaed", "#a0a7b0", "#30343b",
    ("#6fa8ff", "#ff9d5c", "#45cfa5", "#cf97f5"),
    ("#1d2128", "#23406e", "#3a71c4", "#7fb2ff", "#e3efff"),
)  # fmt: skip

MARKERS = ("o", "s", "D", "^")


def line(axes: Axes, x: Any, y: Any, at: int, label: str, **options: Any) -> None:
    """Draw the line number `at`: its colour, marker and label belong together in every figure."""
    theme_marker = {"marker": MARKERS[at], "markeredgecolor": axes.get_facecolor(), "markeredgewidth": 1.2}
    axes.plot(x, y, color=f"C{at}", label=label, **{**theme_marker, **options})


def plain(axes: Axes) -> None:
    """Take grid and frame from a heat map."""
    axes.grid(False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
