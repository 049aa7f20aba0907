"""What only a notebook needs: pictures, sliders, the source of a function, the check at the start.

Everything here is displayed at once and works in JupyterLab, VS Code and Colab, without a network. With
``MELODY_TUTORIAL_STATIC=1`` in the environment, players and sliders leave only their picture and one line: so
the notebooks are stored, without sound or widgets.
"""

import inspect
import os
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from melody_tutorial.course.requirements import missing_libraries
from melody_tutorial.errors import UserError
from melody_tutorial.presets import Preset, preset
from melody_tutorial.views import png_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes


DPI = 100  # dots per inch of the pictures: nine inches fill the width of a page
PAGE_INCHES = 9


def set_up(tensorflow: bool = False) -> Preset:
    """Check that the notebook has what it needs, and say which preset it runs with.

    Args:
        tensorflow: import TensorFlow too, without the lines that it logs while it loads.

    Raises:
        UserError: something is missing; the message says what to do.
    """
    if missing := missing_libraries():
        packages = " ".join(f"'{name}'" for name in missing)
        raise UserError(f"run %pip install {packages} in a cell of its own, then restart the kernel")
    chosen = preset()
    if tensorflow:
        from melody_tutorial.networks import load_tensorflow

        load_tensorflow()
    print(f"Ready: preset {os.environ.get('MELODY_TUTORIAL_PRESET') or 'cpu'}.")
    return chosen


def is_static() -> bool:
    """Whether players and sliders leave only their picture: ``MELODY_TUTORIAL_STATIC`` is set."""
    return bool(os.environ.get("MELODY_TUTORIAL_STATIC"))


def show(*pictures: Any) -> None:
    """Show matplotlib Axes, arrays of Axes, or figures."""
    for picture in pictures:
        first = np.asarray(picture, dtype=object).flat[0]
        axes = first.axes[0] if hasattr(first, "canvas") else first
        show_picture(axes, axes.get_title(loc="left") or axes.get_title() or "picture")


def show_picture(axes: "Axes", text: str) -> None:
    """The whole figure of ``axes`` as a PNG no wider than a page; ``text`` where no picture can be shown."""
    dpi = int(DPI * min(1, PAGE_INCHES / axes.figure.get_figwidth()))
    display_bundle({"image/png": png_bytes(axes, dpi), "text/plain": text})


def explore(function: Callable[..., None], **controls: tuple | list) -> None:
    """Show what a function draws, with a slider or menu for each of its arguments.

    Args:
        function: called with one value for each control; it shows what it makes and returns nothing.
        controls: (low, high, step, start) makes a slider, a list a menu.
    """
    import ipywidgets

    widgets = {name: make_control(words(name), control) for name, control in controls.items()}
    if is_static():
        function(**{name: widget.value for name, widget in widgets.items()})
        *most, last = map(words, controls)
        changed = " and ".join(filter(None, [", ".join(most), last]))
        display_bundle(line(f"Run this cell to change {changed}."))
        return
    output = ipywidgets.interactive_output(function, widgets)
    display_now(ipywidgets.VBox([*widgets.values(), output]))


def words(name: str) -> str:
    """The name of an argument as words."""
    return name.replace("_", " ")


def make_control(label: str, control: tuple | list):
    """The widget of a control of ``explore``; a slider reports its value when it is let go."""
    import ipywidgets

    style = {"description": label, "style": {"description_width": "10em"}, "layout": {"width": "32em"}}
    if isinstance(control, tuple):
        low, high, step, start = control
        whole = all(isinstance(number, int) for number in control)
        slider = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
        return slider(start, min=low, max=high, step=step, continuous_update=False, **style)
    return ipywidgets.Dropdown(options=control, value=control[0], **style)


def show_source(*objects: Any) -> None:
    """Show the source of functions or classes of the package, coloured as the reader's theme has it."""
    names = [f"{thing.__module__}:{thing.__qualname__}" for thing in objects]
    # A test reads the names and compares what is stored with the source of the day.
    display_bundle(source_bundle(*objects), {"source_of": names})


def source_bundle(*objects: Any) -> dict[str, str]:
    """The source of functions or classes, as Markdown and as plain text, each with its file's name."""
    blocks = []
    for thing in objects:
        thing = inspect.unwrap(thing)
        path = Path(*thing.__module__.split(".")).with_suffix(".py").as_posix()
        blocks.append((path, textwrap.dedent(inspect.getsource(thing)).rstrip()))
    markdown = "\n\n".join(f"From `{path}`:\n\n```python\n{code}\n```" for path, code in blocks)
    return {"text/markdown": markdown, "text/plain": "\n\n".join(f"# {path}\n{c}" for path, c in blocks)}


def line(text: str) -> dict[str, str]:
    """One line in italics."""
    return {"text/markdown": f"*{text}*", "text/plain": text}


def display_bundle(bundle: Mapping[str, Any], metadata: Mapping[str, Any] | None = None) -> None:
    """Display one thing in several formats; a front end takes the richest that it knows."""
    display_now(dict(bundle), raw=True, metadata=dict(metadata or {}))


def display_now(*things: Any, **options: Any) -> None:
    """IPython's ``display``, imported when it is needed."""
    from IPython.display import display

    display(*things, **options)
