"""The parts behind the door `resources/ledger.py`."""
