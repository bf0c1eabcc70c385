"""The parts behind the door `resources/amazon.py`."""
