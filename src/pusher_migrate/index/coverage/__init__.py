"""Which writes subscribers are told of, path by path."""
