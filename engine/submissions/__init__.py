"""Floor 6: submissions: opened, filled, advanced, scored and commented."""
