"""Make the README's recording from a real session: `make recording`.

A real `chapter10 watch` runs in tmux. What its screen shows is taken as it is, drawn by a headless browser, and put together
as an animated PNG. Needs tmux, chromium and playwright.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from chapter10.course import load_course

COLUMNS, ROWS = 104, 26
TARGET = Path(__file__).parent / "img" / "watch.png"
PAGE = """<style>
body {{ margin: 0; background: #0c0c0c; width: max-content }}
pre {{ padding: 14px 18px; font: 15px/1.35 'DejaVu Sans Mono', monospace; margin: 0; color: #d9d9d9 }}
{stylesheet}
</style><pre>{code}</pre>"""


def tmux(*arguments: str) -> str:
    """Run tmux on a server of our own; return what it prints."""
    command = ["tmux", "-L", "chapter10-recording", "-f", "/dev/null", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def screen(words: str = "", seconds: float = 60) -> str:
    """Return the screen with its colours, once it shows `words`. Raises SystemExit when it never does."""
    deadline = time.monotonic() + seconds
    while words not in tmux("capture-pane", "-p"):
        if time.monotonic() > deadline:
            raise SystemExit(f"the screen never showed {words!r}:\n{tmux('capture-pane', '-p')}")
        time.sleep(0.1)
    time.sleep(0.3)
    return tmux("capture-pane", "-p", "-e")


def session() -> list[tuple[str, int]]:
    """Play the session; return its screens and how long to show each, in milliseconds."""
    course = load_course()
    exercise = course["attention"]
    wrong = exercise.solution.parent / "misconceptions" / exercise.id / "no_scaling.py"
    with tempfile.TemporaryDirectory() as folder:
        tmux("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "-c", folder, "sh")
        try:
            tmux("send-keys", f"PATH={Path(sys.executable).parent}:$PATH PS1='$ '", "Enter")
            tmux("send-keys", "chapter10 start work && cd work && clear", "Enter")
            time.sleep(4)
            tmux("send-keys", "chapter10 watch attention")
            shots = [(screen("chapter10 watch"), 1200)]
            tmux("send-keys", "Enter")
            shots.append((screen("0 of 20 points"), 3000))
            work = Path(folder, "work", exercise.filename)
            work.write_bytes(wrong.read_bytes())
            shots.append((screen("not divided"), 5000))
            tmux("send-keys", "h")
            shots.append((screen("Hint"), 3500))
            work.write_bytes(exercise.solution.read_bytes())
            shots.append((screen("20 of 20 points"), 3500))
            tmux("send-keys", "q")
            return shots
        finally:
            tmux("kill-server")


def draw(shots: list[tuple[str, int]]) -> None:
    """Write the animation."""
    images = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(device_scale_factor=1.5)
        for text, _ in shots:
            console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
            lines = text.split("\n")
            console.print(Text.from_ansi("\n".join([*lines, *[""] * (ROWS - len(lines))][:ROWS])), soft_wrap=True)
            page.set_content(console.export_html(theme=MONOKAI, code_format=PAGE))
            shown = page.locator("pre")
            images.append(Image.open(io.BytesIO(shown.screenshot())).convert("RGB"))
        browser.close()
    size = max(image.width for image in images), max(image.height for image in images)
    frames = []
    for image in images:
        frame = Image.new("RGB", size, "#0c0c0c")
        frame.paste(image)
        frames.append(frame.quantize(48))
    durations = [duration for _, duration in shots]
    frames[0].save(TARGET, save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)


if __name__ == "__main__":
    draw(session())
    print(f"wrote {TARGET} ({TARGET.stat().st_size / 1024:.0f} KiB)")
