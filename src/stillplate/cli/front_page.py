"""The help page of the program itself, set without the library that parses commands: it is there at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import wrap

__all__ = ["COMMANDS", "CONFIG", "PURPOSE", "asks_for_front_page", "front_page"]

PURPOSE = "Give it a video; get the scene with nobody in it, and everything that moved, cut out."
CONFIG = "TOML file of options, by their long names; the command line wins."
COMMANDS = {
    "plate": (
        "plate:plate",
        "Write the plate: the scene with nobody in it; and one for each state of light, where there are several.",
    ),
    "render": (
        "render:render",
        "Write plate, mask, foreground, comparison and reports: all of them with -o DIR, or each by its own option.\n\n"
        "Of several clips each has a folder of its own in DIR, and DIR/summary.csv a row; the path of a further output "
        "needs {clip} in it, which stands for the clip's name: --clean 'DIR/{clip}/clean.mp4'.",
    ),
    "summary": (
        "shards:summary",
        "Join the tables of a batch's shards (render --shard) to DIR/summary.csv.\n\n"
        "Clips that failed and shards without a table are listed; the exit code is then 1.",
    ),
    "check": (
        "check:check",
        "Tell how far the clip is what the method takes it for: movement, light, camera, samples, what stood still.\n\n"
        "Of several clips, each is told under its name.",
    ),
    "pixel": ("check:pixel", "Draw one pixel's samples, their clusters and the colour chosen."),
    "view": (
        "view:view",
        "Look at a clip in the browser: scrub, turn the options and see the mask, draw what is not ground.\n\n"
        "The page is shown to this machine only. It needs pip install 'stillplate[view]'.",
    ),
    "demo": (
        "score:demo",
        "Make a synthetic street, run the main job on it and tell how close it comes to the truth.",
    ),
    "score": ("score:score", "Score a plate against the true background: AGE, pEPs, pCEPs, PSNR, MS-SSIM, CQM."),
    "score-masks": ("score:score_masks", "Score masks against true ones by CDnet's rules: precision, recall, F."),
}
"""Function and help of each command. Its module, and with it the library, is loaded only to call it."""
ASKED: tuple[list[str], ...] = ([], ["--help"], ["-h"])  # command lines that are answered by the front page
COMMON = {"--help (-h)": "Display this message and exit.", "--version": "Display application version."}
LINES, ASCII = tuple("╭─╮│╰╯"), tuple("+-+|++")  # of which a box is drawn: corners and sides, row by row
NARROWEST = 40  # columns


def asks_for_front_page(tokens: list[str]) -> bool:
    """Return whether a command line names no command, and no option but `--help`."""
    return tokens in ASKED


def front_page(columns: int, encoding: str) -> str:
    """Set the page.

    Parameters
    ----------
    columns : int
        Width of the terminal, in characters.
    encoding : str
        Of the terminal: boxes are drawn in ASCII where it lacks their characters.

    Returns
    -------
    str
    """
    columns = max(columns, NARROWEST)
    commands = {name: text.split("\n\n")[0] for name, (_, text) in sorted(COMMANDS.items())}
    try:
        "".join(LINES).encode(encoding)
        lines = LINES
    except (UnicodeEncodeError, LookupError):
        lines = ASCII
    page = [
        "Usage: stillplate COMMAND [OPTIONS]", "", *wrap(PURPOSE, columns), "",
        *_box("Commands", {**commands, **COMMON}, columns, lines),
        *_box("Parameters", {"--config STR": CONFIG}, columns, lines),
    ]  # fmt: skip
    return "\n".join(page)


def _box(title: str, rows: Mapping[str, str], columns: int, lines: tuple[str, ...]) -> Iterable[str]:
    """Set names and texts in two columns, in a box with a title."""
    left, across, right, side, low_left, low_right = lines
    named = max(map(len, rows))
    yield f"{left}{across} {title} {across * (columns - len(title) - 5)}{right}"
    for name, text in rows.items():
        for number, line in enumerate(wrap(text, columns - named - 6)):
            yield f"{side} {name if number == 0 else '':{named}}  {line:{columns - named - 6}} {side}"
    yield f"{low_left}{across * (columns - 2)}{low_right}"
