"""Floor 2: JSON Schema to fields, posted text to JSON, answers to problems. No Flask."""
