"""Sampling by hand in a notebook: what may come next over piano keys, the melody so far, and buttons."""

from collections.abc import Sequence

import numpy as np

from melody_tutorial.course.notebook import (
    DPI,
    PAGE_INCHES,
    display_bundle,
    display_now,
    is_static,
    line,
    make_control,
    show_picture,
)
from melody_tutorial.melodies import NUM_CLASSES, PITCHES, Melody, decode_events
from melody_tutorial.networks import Checkpoint
from melody_tutorial.sampling import Stepper
from melody_tutorial.views import (
    PLAYER_RATE,
    draw,
    mp3_bytes,
    new_axes,
    pitch_name,
    plot_probabilities,
    png_bytes,
    sound,
    styled,
)

MOST_BUTTONS = 8  # of the likeliest events; all others are in the menu
NOTHING_CHOSEN = -1  # the menu's first line; ipywidgets would show None as an empty one
STEPS_PER_BAR = 16  # of 4/4, the time signature in which token ids are shown


def step_through(
    checkpoint: Checkpoint, primer: Sequence[int] | np.ndarray = (), temperature: float = 1.0, seed: int = 1
) -> Stepper:
    """Show a network between two events, with buttons to draw or choose the next one, or take it back.

    Args:
        primer: token ids that the melody begins with.
        temperature: at first; a slider changes it.
        seed: of the draws.

    Returns:
        The stepper behind the buttons: its ``ids`` are the melody as it is then.
    """
    stepper = Stepper(checkpoint, primer, temperature)
    if is_static():
        show_picture(draw_keyboards(stepper), keyboard_text(stepper))
        show_picture(draw_melody(stepper), "The melody so far")
        display_bundle(line("Run this cell to draw or choose one event after the other."))
    else:
        display_now(Panel(stepper, np.random.default_rng(seed)).box)
    return stepper


def event_name(number: int, classes: int = NUM_CLASSES) -> str:
    """What a token id says, in a word: no-event, note-off, or the name of the pitch that starts."""
    return ("no-event", "note-off")[number] if number < 2 else pitch_name(PITCHES[classes][0] + number - 2)


def event_names(stepper: Stepper) -> list[str]:
    """What each of a network's token ids says."""
    classes = stepper.network.model.classes
    return [event_name(number, classes) for number in range(classes)]


def melody_of(stepper: Stepper) -> Melody:
    """The melody so far."""
    return Melody(decode_events(stepper.ids, stepper.network.model.classes))


def percent(p: float) -> str:
    """A probability for a button: whole percents, or that it is almost none or almost all."""
    if p < 0.005:
        return "< 1%"
    return f"{p:.0%}" if p < 0.995 else "> 99%"


def keyboard_text(stepper: Stepper) -> str:
    """The likeliest next events, where no picture can be shown."""
    p, names = stepper.distribution(), event_names(stepper)
    return "Next: " + ", ".join(f"{names[n]} {percent(p[n])}" for n in stepper.likeliest(3))


@styled
def draw_keyboards(stepper: Stepper):
    """What the network expects next, over piano keys, before and after temperature; the first Axes."""
    before, after = new_axes(PAGE_INCHES, 5.2, 2)[:, 0]
    own, tempered = stepper.distribution(1.0), stepper.distribution()
    largest = max(own.max(), tempered.max())
    plot_probabilities(own, "before: as the network gives it", before, largest)
    title = f"after: at temperature {stepper.temperature:.1f}, what is drawn from"
    plot_probabilities(tempered, title, after, largest)
    return before


def draw_melody(stepper: Stepper):
    """The melody so far as a piano roll, and the place of the next event."""
    bar, step = divmod(len(stepper.ids), STEPS_PER_BAR)
    title = f"The melody so far. Next: bar {bar + 1}, step {step + 1} of {STEPS_PER_BAR}"
    return draw(melody_of(stepper), title, stepper.primer_steps)


class Panel:
    """The buttons of ``step_through``, each a widget of ipywidgets.

    Attributes:
        stepper: the melody that the buttons change.
        box: all widgets together, to be displayed.
    """

    def __init__(self, stepper: Stepper, rng: np.random.Generator):
        import ipywidgets

        self.stepper, self.rng = stepper, rng
        self.moves: list[int] = []  # how many events each click added
        full = {"layout": {"max_width": "100%"}}
        self.keyboards, self.roll = ipywidgets.Image(**full), ipywidgets.Image(**full)
        self.message = ipywidgets.Label()
        self.temperature = make_control("temperature", (0.1, 2.0, 0.1, stepper.temperature))
        self.temperature.observe(self.change_temperature, "value")
        self.one = self.button("draw one", lambda: self.draw(1))
        self.bar = self.button("draw a bar", lambda: self.draw(self.left_in_bar()))
        self.back = self.button("undo", self.undo)
        self.listen = self.button("play", self.play)
        self.choices = [self.choice_button(place) for place in range(MOST_BUTTONS)]
        self.menu = ipywidgets.Dropdown(layout={"width": "10em"})
        self.menu.observe(self.choose_from_menu, "value")
        self.audio = ipywidgets.Audio(format="mpeg", loop=False, layout={"display": "none"})
        rows = [[self.one, self.bar, self.back, self.listen], [*self.choices, self.menu]]
        row, picked = [ipywidgets.HBox(each, layout={"flex_flow": "row wrap"}) for each in rows]
        column = [self.keyboards, self.temperature, row, picked, self.message, self.roll, self.audio]
        self.box = ipywidgets.VBox(column)
        self.show()

    def button(self, label: str, act) -> object:
        """A button that calls ``act``."""
        import ipywidgets

        button = ipywidgets.Button(description=label, layout={"width": "auto", "min_width": "7em"})
        button.on_click(lambda _: act())
        return button

    def choice_button(self, place: int) -> object:
        """A button that takes the event at ``place`` among the likeliest."""
        return self.button("", lambda: self.choose(self.stepper.likeliest(MOST_BUTTONS)[place]))

    def left_in_bar(self) -> int:
        """How many events the bar lacks."""
        return STEPS_PER_BAR - len(self.stepper.ids) % STEPS_PER_BAR

    def draw(self, events: int) -> None:
        """Draw some events."""
        for _ in range(events):
            p = self.stepper.distribution()
            drawn = self.stepper.draw(self.rng)
        last = f"{event_names(self.stepper)[drawn]}, which had {percent(p[drawn])}"
        self.added(events, f"Drawn: {last}" if events == 1 else f"Drawn: {events} events, the last {last}")

    def choose(self, number: int) -> None:
        """Take an event by hand."""
        p = self.stepper.distribution()[number]
        self.stepper.choose(number)
        self.added(1, f"You chose {event_names(self.stepper)[number]}, which had {percent(p)}")

    def choose_from_menu(self, change) -> None:
        """Take the event that was chosen in the menu; its first line is none."""
        if change["new"] != NOTHING_CHOSEN:
            self.choose(change["new"])

    def undo(self) -> None:
        """Take back what the last click added."""
        events = self.moves.pop() if self.moves else 0
        for _ in range(events):
            self.stepper.undo()
        self.message.value = f"Taken back: {events} {'event' if events == 1 else 'events'}"
        self.show()

    def added(self, events: int, message: str) -> None:
        """Remember a click, and show what it did."""
        self.moves.append(events)
        self.message.value = message
        self.show()

    def play(self) -> None:
        """Play the melody so far."""
        samples = sound(melody_of(self.stepper))
        self.audio.value = b""  # the same bytes twice would not be sent again
        self.audio.value = mp3_bytes(samples, PLAYER_RATE)
        self.audio.layout.display = None

    def change_temperature(self, change) -> None:
        """Let the slider set the temperature."""
        self.stepper.temperature = change["new"]
        self.show()

    def show(self) -> None:
        """Bring pictures and labels up to date; an older sound goes."""
        self.keyboards.value = png_bytes(draw_keyboards(self.stepper), DPI)
        self.roll.value = png_bytes(draw_melody(self.stepper), DPI)
        self.audio.layout.display = "none"
        self.back.disabled = not self.moves
        p = self.stepper.distribution()
        labels = [f"{name} {percent(p[number])}" for number, name in enumerate(event_names(self.stepper))]
        for button, number in zip(self.choices, self.stepper.likeliest(MOST_BUTTONS), strict=True):
            button.description = labels[number]
        self.menu.options = [("another …", NOTHING_CHOSEN), *zip(labels, range(len(labels)), strict=True)]
        self.menu.value = NOTHING_CHOSEN
