from .primers import Primer as Primer
from .primers import fit_primer as fit_primer
from .primers import read_primer as read_primer
from .sampler import next_event_probabilities as next_event_probabilities
from .sampler import restrict as restrict
from .sampler import sample_ids as sample_ids
from .sampler import tempered as tempered
from .stepper import Stepper as Stepper
