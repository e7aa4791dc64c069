"""Floor 3: what is kept: tables, published documents, evidence bytes, audit trail and queue."""
