"""Who comes in: HTTP, the page, the command line, the scheduler; and the one place where everything is wired."""

import gc

# Importing makes some hundred thousand objects that stay for good. Looking through them after every 700 new ones, as
# Python does by itself, is a quarter of the time that a process takes to start.
gc.set_threshold(20_000, 20, 20)
