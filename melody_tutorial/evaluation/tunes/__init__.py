"""Whole tunes, looked at as judges of a contest do: metre, mode, form, and how they end."""
