"""Floor 1: the documents that describe credentials: read, typed, checked. No web, no database."""
