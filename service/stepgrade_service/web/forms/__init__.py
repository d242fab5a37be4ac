"""The forms of an answer: JSON, CSV, NDJSON, npz."""
