"""The diagrams, drawn by a real browser."""
