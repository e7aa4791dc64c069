"""Floor 7: the pages, by audience."""
