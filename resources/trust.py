"""The certificates that this machine trusts, read once a process: reading them takes longer than a call."""

from __future__ import annotations

import functools
import ssl

import httpx


@functools.cache
def trusted() -> ssl.SSLContext:
    """What every connection to the outside is checked with. SSL_CERT_FILE and SSL_CERT_DIR name others."""
    return httpx.create_ssl_context()
