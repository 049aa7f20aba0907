"""How long quick things take to start: the imports of extraction and sampling, and the help."""

from statistics import median

from benchmarks.measure import Options, Row, check, in_turn, program, python, run, seconds

MOST_SECONDS = 0.4
OURS = "from melody_tutorial.melodies import extract_sources; from melody_tutorial.sampling import sample_ids"
HEAVY = "import sys; print(*{'tensorflow', 'note_seq', 'music21', 'matplotlib'} & set(sys.modules))"


def measure(options: Options) -> list[Row]:
    """The imports beside those of note_seq; the help beside Typer's own import."""
    check(run(python(f"{OURS}; {HEAVY}")).strip() == "", "a quick import loads a heavy library")
    check("extract" in run(program("--help")), "the help does not name the commands")
    commands = {
        "imports": python(OURS),
        "numpy, symusic": python("import numpy, symusic"),
        "help": program("--help"),
        "typer": python("import typer"),
        "note_seq": python("import note_seq"),
    }
    if options.quick:
        del commands["note_seq"]
    taken = in_turn(
        {name: lambda command=command: seconds(lambda: run(command)) for name, command in commands.items()},
        options.runs,
    )
    peers = {} if options.quick else {"import note_seq": taken["note_seq"]}
    target = f"≤ {MOST_SECONDS} s"
    return [
        Row(
            OURS,
            "s",
            taken["imports"],
            target,
            median(taken["imports"]) <= MOST_SECONDS,
            peers=peers,
            limit=taken["numpy, symusic"],
            limit_name="import numpy, symusic",
        ),
        Row(
            "melody-tutorial --help",
            "s",
            taken["help"],
            target,
            median(taken["help"]) <= MOST_SECONDS,
            limit=taken["typer"],
            limit_name="import typer",
        ),
    ]
