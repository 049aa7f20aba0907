"""What the program costs, beside its peers and beside what the machine allows: ``make bench``."""
