"""The console script, beside the package: it hears Ctrl-C while the package, which takes its time, is being loaded."""

from __future__ import annotations

import gc
import signal
import sys

__all__ = ["main"]

INTERRUPTED = 130  # what a shell reports of a program ended by Ctrl-C


def main() -> None:
    """Run the command line; end with 130 and one line on Ctrl-C, whenever it comes."""
    try:
        from stillplate.cli import main as run
        from stillplate.io.shutdown import exit_on_signals

        exit_on_signals(signal.SIGINT)
        run()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # once is enough: what is half-written is being removed
        sys.stderr.write("stillplate: interrupted: nothing is left half-written\n")
        sys.exit(INTERRUPTED)
    finally:
        gc.freeze()  # or Python would look for rings among all that is loaded, before all of it goes with the process
