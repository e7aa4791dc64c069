"""Lists of people from CSV: who is awarded, or recognised, row by row."""
