"""What a rendering holds."""
