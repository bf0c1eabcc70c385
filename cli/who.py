"""Who sits at the command line, for the audit trail."""

from __future__ import annotations

import getpass
import os


def who() -> str:
    """The user's name, or the number of one that has none, as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
