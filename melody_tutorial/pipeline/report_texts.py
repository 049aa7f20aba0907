"""What the page of a run says of each figure and setting, for a beginner."""

MODEL_TEXTS = {
    "uniform": "rolls a die with a side for each class",
    "unigram": "counts how frequent each event is",
    "bigram": "counts what follows one event",
    "trigram": "counts what follows two events",
    "note counts, Witten–Bell": "the same, smoothed plainly",
    "note counts": "counts what follows two notes, at which place in the beat",
    "PPM over events": "counts what follows ever longer rows of events",
    "PPM over notes": "counts what follows ever longer rows of notes, and what the tune itself repeats",
    "copy": "the best of these, or what came one bar ago",
}
# key in ``statistics.json``: what a beginner reads, and how its value is written
STATISTIC_TEXTS = {
    "in_scale": ("notes that belong to the key of their melody", ".1%"),
    "small_intervals": ("small intervals, of at most two semitones", ".1%"),
    "leaps": ("leaps, of more than seven semitones", ".1%"),
    "repeats": ("notes that repeat the one before", ".1%"),
    "longest_note": ("longest note of a melody, in bars", ".2f"),
    "notes_per_bar": ("notes in a bar", ".1f"),
    "exact": ("notes of the longest passage that a training melody has too", ".1f"),
    "varied": ("the same, ornaments, note values and repeated notes aside", ".1f"),
    "surprise": ("surprise of the model by these melodies, in nats per event", ".3f"),
}
SETTING_TEXTS = {
    "extraction": {
        "steps_per_quarter": "steps in a quarter note",
        "min_bars": "bars that a melody needs",
        "max_steps": "steps at which a melody is cut",
        "min_unique_pitches": "different pitches that a melody needs",
        "gap_bars": "bars of silence that end a melody",
        "polyphony": "where notes start together",
        "off_grid": "where notes start between steps",
    },
    "dataset": {
        "eval_ratio": "share of the melodies for validation",
        "test_ratio": "share of the melodies for the test",
        "transpose": "keys: squash moves melodies to where most notes are white piano keys",
        "seed": "seed of the split",
    },
    "model": {
        "cell": "kind of recurrent layer",
        "units": "size of each layer",
        "dropout": "share of outputs dropped while training",
    },
    "training": {
        "batch_size": "melody streams learned from at once",
        "window": "steps looked back while learning",
        "learning_rate": "highest learning rate",
        "clip_norm": "longest gradient",
        "epochs": "passes over the melodies, at most",
        "patience": "epochs without progress before stopping",
        "seed": "seed of the weights and of the order",
    },
}
