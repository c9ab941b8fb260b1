"""Files of an installation that nobody but its owner may read."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from pipeline.errors import BadSettings

__all__ = ["keep_private", "refuse_if_others_may_read"]

OTHERS = 0o077


def keep_private(folder: Path) -> None:
    """Let what this program writes from now on be its owner's alone, and the installation's own folder too."""
    os.umask(OTHERS)
    with suppress(OSError):  # not there yet, or another user's, whose business it is
        if stat.S_IMODE(folder.stat().st_mode) & OTHERS:
            folder.chmod(0o700)


def refuse_if_others_may_read(path: Path, what: str = "key") -> None:
    """Let nothing be done with a secret that others than its owner may read."""
    rights = stat.S_IMODE(path.stat().st_mode)
    if rights & OTHERS:
        raise BadSettings(f"{path}: others may read this {what} (rights {rights:o}); expected 600: chmod 600 {path}")
