"""The help page of the program itself, set without the library that parses commands: it is there at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from textwrap import wrap
from typing import NamedTuple

__all__ = ["COMMANDS", "CONFIG", "PURPOSE", "asks_for_front_page", "front_page"]

PURPOSE = "Give it a video; get the scene with nobody in it, and everything that moved, cut out."
COMPLETION = "Have the shell complete commands and options, from its next start on: bash, zsh, fish, PowerShell."
CONFIG = "TOML file of options, by their long names; the command line wins."
LOG = "File that a log is added to: the command, what it does and when, warnings and errors."
VERBOSE = "Show the log on standard error."


class Page(NamedTuple):
    """A command: its function, what it does, and examples of it."""

    function: str
    text: str
    examples: tuple[str, ...]


COMMANDS = {
    "plate": Page(
        "plate:plate",
        "Write the plate: the scene with nobody in it; and one for each state of light, where there are several.",
        ("stillplate plate street.mp4 -o plate.png", "stillplate plate clips/ -o plates/ --jobs 2"),
    ),
    "render": Page(
        "render:render",
        "Write plate, mask, foreground, comparison and reports, or each by its own option: into CLIP-stillplate/, or "
        "the folder of -o.\n\n"
        "Of several clips each has a folder of its own in DIR, and DIR/summary.csv a row; the path of a further output "
        "needs {clip} in it, which stands for the clip's name: --clean 'DIR/{clip}/clean.mp4'.",
        (
            "stillplate render street.mp4",
            "stillplate render street.mp4 --clean clean.mp4",
            "stillplate render street.mp4 -o out --objects out/objects.csv",
            "stillplate render street.mp4 --objects mice.csv --overlay seen.mp4 --count 2",
            "stillplate render clips/ -o out --jobs 2 --resume",
        ),
    ),
    "frame": Page(
        "still:frame",
        "Write one frame of the clean video, the cutout or another output as an image; masks are those of the whole "
        "clip.",
        (
            "stillplate frame street.mp4 --at 12.5 --clean empty.png",
            "stillplate frame street.mp4 --at 12.5 --wipe wipe.png --wipe-at 0.4",
        ),
    ),
    "summary": Page(
        "shards:summary",
        "Join the tables of a batch's shards (render --shard) to DIR/summary.csv.\n\n"
        "Clips that failed and shards without a table are listed; the exit code is then 1.",
        ("stillplate summary out",),
    ),
    "check": Page(
        "check:check",
        "Tell how far the clip is what the method takes it for: movement, light, camera, samples, what stood still.\n\n"
        "Of several clips, each is told under its name.",
        ("stillplate check street.mp4", "stillplate check clips/ -o checks/"),
    ),
    "pixel": Page(
        "pixel:pixel",
        "Draw a pixel's samples, their clusters and the colour chosen, or write them as a table; or of several pixels.",
        (
            "stillplate pixel street.mp4 160 90 -o pixel.png",
            "stillplate pixel street.mp4 160 90 40 20 -o pixels.png -o pixels.csv",
        ),
    ),
    "view": Page(
        "view:view",
        "Look at a clip in the browser: scrub, turn the options and see the mask, draw what is not ground.\n\n"
        "The page is shown to this machine only. It needs pip install 'stillplate[view]'.",
        ("stillplate view street.mp4", "stillplate view out"),
    ),
    "demo": Page(
        "score:demo",
        "Make a synthetic street, run the main job on it and tell how close it comes to the truth.",
        ("stillplate demo -o demo",),
    ),
    "score": Page(
        "score:score",
        "Score a plate against the true background: AGE, pEPs, pCEPs, PSNR, MS-SSIM, CQM.",
        ("stillplate score plate.png truth.png",),
    ),
    "score-masks": Page(
        "score:score_masks",
        "Score masks against true ones by CDnet's rules: precision, recall, F.",
        ("stillplate score-masks out/mask.mp4 groundtruth/",),
    ),
}
"""The commands. The module of each, and with it the library, is loaded only to call it."""
GLOBAL = {"--config FILE": CONFIG, "--log FILE": LOG, "--verbose -v": VERBOSE}
ASKED: tuple[list[str], ...] = ([], ["--help"], ["-h"])  # command lines that are answered by the front page
COMMON = {
    "--help (-h)": "Display this message and exit.",
    "--install-completion": COMPLETION,
    "--version": "Display application version.",
}
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
    commands = {name: page.text.split("\n\n")[0] for name, page in sorted(COMMANDS.items())}
    try:
        "".join(LINES).encode(encoding)
        lines = LINES
    except (UnicodeEncodeError, LookupError):
        lines = ASCII
    page = [
        "Usage: stillplate COMMAND [OPTIONS]", "", *wrap(PURPOSE, columns), "",
        *_box("Commands", {**commands, **COMMON}, columns, lines),
        *_box("Run", GLOBAL, columns, lines),
    ]  # fmt: skip
    return "\n".join(page)


def _box(title: str, rows: Mapping[str, str], columns: int, lines: tuple[str, ...]) -> Iterable[str]:
    """Set names and texts in two columns, in a box with a title."""
    left, across, right, side, low_left, low_right = lines
    named = max(map(len, rows))
    yield f"{left}{across} {title} {across * (columns - len(title) - 5)}{right}"
    for name, text in rows.items():
        for number, line in enumerate(wrap(text, columns - named - 6, break_on_hyphens=False)):
            yield f"{side} {name if number == 0 else '':{named}}  {line:{columns - named - 6}} {side}"
    yield f"{low_left}{across * (columns - 2)}{low_right}"
