"""The program: its commands, its file of options, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, TextIO

from cyclopts import App, CycloptsError, Parameter

from stillplate.cli.crash import tell_of_crash
from stillplate.errors import KernelError, StillplateError, StillplateWarning
from stillplate.io.atomic import PIPES
from stillplate.io.shutdown import exit_on_signals

__all__ = ["main"]

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
    "check": (
        "check:check",
        "Tell how far the clip is what the method takes it for: movement, light, camera, samples, what stood still.\n\n"
        "Of several clips, each is told under its name.",
    ),
    "pixel": ("check:pixel", "Draw one pixel's samples, their clusters and the colour chosen."),
    "demo": (
        "score:demo",
        "Make a synthetic street, run the main job on it and tell how close it comes to the truth.",
    ),
    "score": ("score:score", "Score a plate against the true background: AGE, pEPs, pCEPs, PSNR, MS-SSIM, CQM."),
    "score-masks": ("score:score_masks", "Score masks against true ones by CDnet's rules: precision, recall, F."),
}
"""Function and help of each command. Its module, and with it the library, is loaded only to call it."""

app = App(
    name="stillplate",
    help="Give it a video; get the scene with nobody in it, and everything that moved, cut out.",
    help_format="plaintext",
    default_parameter=Parameter(negative=""),
    suppress_keyboard_interrupt=False,
)
for name, (function, text) in COMMANDS.items():
    app.command(f"stillplate.cli.{function}", name=name, help=text)
app.meta.suppress_keyboard_interrupt = False


@app.meta.default
def _configured(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    config: Annotated[
        str | None,
        Parameter(help="TOML file of options, by their long names; the command line wins.", show_default=False),
    ] = None,
) -> None:
    if config is not None:
        from stillplate.cli.option_file import OptionFile, options_of

        app.config = (OptionFile(Path(config), options_of(app)),)
    app(tokens, exit_on_error=False, print_error=False, result_action="return_value")


_shown_warnings: set[str] = set()  # the warnings that were shown


def _warn(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    if str(message) not in _shown_warnings:  # Python's own "once" is once for each file that warns
        _shown_warnings.add(str(message))
        print(f"stillplate: warning: {message}", file=sys.stderr)


def _let_go() -> None:
    """Redirect standard output to null if its reader is gone; otherwise Python would exit with 120."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """Run the command line: exit 0 when done, 2 with one line on stderr when the input was wrong.

    Of several clips 1 if one failed; 143 on SIGTERM, as tidily as on Ctrl-C. A fault of ours ends with 1, and one line
    that names a file to report.
    """
    exit_on_signals(signal.SIGTERM)
    _shown_warnings.clear()
    warnings.simplefilter("always", StillplateWarning)
    warnings.showwarning = _warn
    sys.excepthook = tell_of_crash
    app.config = ()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a file's name may be in another encoding
    try:
        tokens = [PIPES[1] if token == PIPES[0] else token for token in sys.argv[1:]]  # for cyclopts, - is an option
        app.meta(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except (StillplateError, CycloptsError) as err:
        if isinstance(err, KernelError):  # what a kernel checks, we have to keep to
            raise
        print(f"stillplate: {_line(err)}", file=sys.stderr)
        _let_go()
        sys.exit(2)
    except OSError as err:
        print(f"stillplate: {err.filename or 'the system'}: {err.strerror or err}: check the path", file=sys.stderr)
        _let_go()
        sys.exit(2)


def _line(err: StillplateError | CycloptsError) -> str:
    """One line, in the words of the command line."""
    from stillplate.cli.option_file import options_of
    from stillplate.cli.wording import as_options, complaint

    known = options_of(app)
    error: BaseException | None = err if isinstance(err, StillplateError) else err.__cause__
    if isinstance(error, StillplateError):
        return " ".join(as_options(str(error), frozenset().union(*known.values())).split())
    assert isinstance(err, CycloptsError)
    return " ".join(complaint(err, known).split())
