"""``python -m melody_tutorial``: the command line where no ``melody-tutorial`` is on the path."""

from melody_tutorial.cli import main

main()
