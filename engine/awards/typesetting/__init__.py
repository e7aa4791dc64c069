"""Words and drawings on paper: typefaces, lines that fit, pictures, and the press for them."""
