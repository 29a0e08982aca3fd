"""The command line: parse, call, print. Each command is one library call, each option one of its keywords."""

from stillplate.cli.entry import main

__all__ = ["main"]
