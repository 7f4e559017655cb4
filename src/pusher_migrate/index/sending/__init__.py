"""Who sends what: clients, wrappers around them, and the contract of the manager."""
