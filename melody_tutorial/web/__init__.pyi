from .checkpoint_data import checkpoint_data as checkpoint_data
from .checkpoint_data import halved as halved
from .inlining import inline as inline
from .player import player_head as player_head
from .player import player_html as player_html
from .player import player_still as player_still
from .player import player_style as player_style
from .player import tune_data as tune_data
