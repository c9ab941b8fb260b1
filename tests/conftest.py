"""What holds for every test: machines are shared and slow at times, so no property is judged by a clock."""

import os

from hypothesis import settings

settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")

os.umask(0o077)  # as every command of ours has it: a database that others may read is refused
