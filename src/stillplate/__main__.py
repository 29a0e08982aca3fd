"""`python -m stillplate` is the command line."""

from stillplate.cli import main

main()
