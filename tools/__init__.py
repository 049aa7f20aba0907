"""What keeps the notebooks in order: run, store, link, publish. No part of the installed package."""
