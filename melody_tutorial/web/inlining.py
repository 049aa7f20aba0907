"""A module of JavaScript and all that it imports, as one text: pages and notebooks load no files."""

import re
from functools import lru_cache
from pathlib import Path

WEB = Path(__file__).parent
IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w.]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|const|class)\b)", re.MULTILINE)
NAME = re.compile(r"^(?:export )?(?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)


@lru_cache
def inline(module: str) -> str:
    """The text of a module of this room, such as "player.js", with what it imports before it.

    Only the module's own exports stay exports. All names at the top of the modules live together.

    Raises:
        ValueError: two modules give one name to different things.
    """
    texts = {name: (WEB / name).read_text(encoding="utf-8") for name in in_order(module)}
    owners: dict[str, str] = {}
    for file, text in texts.items():
        for name in NAME.findall(text):
            if owners.setdefault(name, file) != file:
                raise ValueError(f"{owners[name]} and {file} both name something {name}: rename one of them")
    *imported, last = (IMPORT.sub("", text) for text in texts.values())
    return "\n".join([*(EXPORT.sub("", text) for text in imported), last])


def in_order(module: str) -> list[str]:
    """The modules that a module imports, directly or not, each after those that it needs; then itself."""
    order: dict[str, None] = {}
    for name in IMPORT.findall((WEB / module).read_text(encoding="utf-8")):
        order |= dict.fromkeys(in_order(name))
    return [*order, module]
