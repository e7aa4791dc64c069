"""Programs that people let in to their account: which there are, who let them in, until when."""
