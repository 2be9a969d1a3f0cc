"""The plan on its own: answers in, sizes, names and addresses out."""
