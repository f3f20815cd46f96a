"""Step 1: the elector's door."""
