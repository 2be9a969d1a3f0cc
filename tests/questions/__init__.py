"""What is asked, what is refused, and what a person sees of it."""
