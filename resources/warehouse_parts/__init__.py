"""The parts behind the door `resources/warehouse.py`."""
