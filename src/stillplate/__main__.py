"""`python -m stillplate` is the command line."""

from stillplate_command import main

main()
