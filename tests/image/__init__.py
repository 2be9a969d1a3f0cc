"""What the built image does when it really runs."""
