"""What an update does to a project."""
