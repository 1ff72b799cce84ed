"""`python -m core.cli` is the command `veche`."""

from core.cli.program import main

main()
