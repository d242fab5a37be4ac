"""Objectives that are made of data: regressions and networks on posted or named examples, whole or in mini-batches."""
