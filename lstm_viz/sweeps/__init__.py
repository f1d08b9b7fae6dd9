"""One measurement on many networks: grid, executor, store."""
