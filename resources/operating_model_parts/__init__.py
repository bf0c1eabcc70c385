"""The parts behind the door `resources/operating_model.py`."""
