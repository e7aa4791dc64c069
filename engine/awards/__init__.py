"""Floor 5: awards: issued, revoked, held; and the certificates printed for them."""
