from .counting import baselines as baselines
from .likelihood import predict_figures as predict_figures
from .ngram import ngram_losses as ngram_losses
from .originality import longest_copies as longest_copies
from .statistics import Statistics as Statistics
from .statistics import melody_statistics as melody_statistics
