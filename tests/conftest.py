"""What holds for every test of every room."""

import gc

import pytest


@pytest.hookimpl
def pytest_collection_finish() -> None:
    """Let the collector pass over what was imported, which stays, and come less often: a tenth of the suite's time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
