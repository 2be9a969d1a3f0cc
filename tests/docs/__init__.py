"""The documentation: what it links to is there, and what it tells people to type is run somewhere."""
