"""What happens when something fails, as it will: with the real image, a real database and a real Valkey."""
