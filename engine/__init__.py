"""Accolade: a form-and-workflow engine driven by documents, for educator micro-credentials."""
