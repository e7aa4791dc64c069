"""Letters: their templates, how they are put together, and how they leave."""
