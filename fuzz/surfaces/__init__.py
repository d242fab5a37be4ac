"""The sides from which the service is fuzzed."""
