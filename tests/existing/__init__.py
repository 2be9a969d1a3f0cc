"""Over an application that was there before: its files stay, and its image runs all the same."""
