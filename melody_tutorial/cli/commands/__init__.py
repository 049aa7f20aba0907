"""One module for each command of ``melody-tutorial``: it parses, calls and prints, and holds no logic."""
