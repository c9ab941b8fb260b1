"""What holds for every test: machines are shared and slow at times, so no property is judged by a clock."""

from hypothesis import settings

settings.register_profile("shared-machine", deadline=None)
settings.load_profile("shared-machine")
