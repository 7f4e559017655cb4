"""The writes of watched state: assignments, and the calls that persist them."""
