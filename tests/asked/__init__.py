"""Asking people without an account: links, consents, and what hangs on them."""
