"""What proves the template, from the plan to the running image."""
