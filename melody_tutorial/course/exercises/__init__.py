"""Exercises that check themselves: one module for each notebook, ``framework`` under all of them."""
