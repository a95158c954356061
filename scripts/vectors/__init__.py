"""What each Python library says, one module a subject; scripts/make_vectors.py writes it down."""
