"""What whoever checks an award is told: of its address, or of a file that they bring."""
