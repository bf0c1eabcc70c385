"""What holds for every test of every room."""

import gc

import pytest

gc.set_threshold(100_000, 50, 50)


@pytest.hookimpl
def pytest_collection_finish() -> None:
    """Let the collector pass over what was imported, which stays. Looked through all the time, it costs a tenth."""
    gc.collect()
    gc.freeze()
