"""For programs that come for a person: Open Badges 3.0, and OAuth 2 to be let in."""
