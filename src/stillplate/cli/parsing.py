"""The command line as it is parsed: commands, their file of options, and errors in one line."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from stillplate.cli.allocator import share_arenas
from stillplate.cli.front_page import COMMANDS, COMPLETION, CONFIG, LOG, PURPOSE, VERBOSE
from stillplate.cli.groups import RUN
from stillplate.errors import KernelError, StillplateError
from stillplate.io.address import as_path

__all__ = ["app", "call", "in_options"]

app = App(
    name="stillplate",
    help=PURPOSE,
    help_format="plaintext",
    default_parameter=Parameter(negative=""),
    suppress_keyboard_interrupt=False,
)
for name, page in COMMANDS.items():
    app.command(
        f"stillplate.cli.{page.function}",
        name=name,
        help=page.text,
        help_epilogue="\n".join(("Examples:", *(f"  {example}" for example in page.examples))),
    )
app.register_install_completion_command(help=COMPLETION)
app.meta.suppress_keyboard_interrupt = False


@app.meta.default
def _configured(
    *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
    config: Annotated[str | None, Parameter(group=RUN, metavar="FILE", help=CONFIG, show_default=False)] = None,
    log: Annotated[str | None, Parameter(group=RUN, metavar="FILE", help=LOG, show_default=False)] = None,
    verbose: Annotated[bool, Parameter(alias="-v", group=RUN, help=VERBOSE, show_default=False)] = False,
) -> None:
    from stillplate.cli.log import logged

    if config is not None:
        from stillplate.cli.option_file import OptionFile, options_of

        app.config = (OptionFile(as_path(config), options_of(app)),)
    with logged(log, tokens, shown=verbose):
        app(tokens, exit_on_error=False, print_error=False, result_action="return_value")


def call(tokens: list[str]) -> str:
    """Call the command that is asked for; return what was wrong with the input, in one line, empty if nothing was.

    Raises
    ------
    KernelError
        What a kernel checks, we have to keep to.
    """
    app.config = ()
    share_arenas()
    try:
        app.meta(tokens, exit_on_error=False, print_error=False, result_action="return_value")
    except KernelError:
        raise
    except (StillplateError, CycloptsError) as err:
        return _line(err)
    return ""


def in_options(text: str) -> str:
    """Return an error of the library in the words of the command line."""
    from stillplate.cli.option_file import options_of
    from stillplate.cli.wording import as_options

    return " ".join(as_options(text, frozenset().union(*options_of(app).values())).split())


def _line(err: StillplateError | CycloptsError) -> str:
    """One line, in the words of the command line."""
    from stillplate.cli.option_file import options_of
    from stillplate.cli.wording import complaint

    error: BaseException | None = err if isinstance(err, StillplateError) else err.__cause__
    if isinstance(error, StillplateError):
        return in_options(str(error))
    assert isinstance(err, CycloptsError)
    return " ".join(complaint(err, options_of(app)).split())
