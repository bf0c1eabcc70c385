"""The parts behind the door `resources/shopify.py`."""
