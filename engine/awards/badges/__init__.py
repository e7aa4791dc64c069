"""Open Badges 2.0 and 3.0: carriers, contexts, canonical form, proofs, keys, and what they say.

Nothing here knows who somebody is or what counts: `awards.presenting` decides that.
"""
