"""``python -m melody_tutorial.cli``: the command line where no ``melody-tutorial`` is on the path."""

from melody_tutorial.cli.app import main

main()
