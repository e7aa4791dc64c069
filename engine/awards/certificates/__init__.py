"""The certificate of an award: composed, archived, signed, kept, and bound with others."""
