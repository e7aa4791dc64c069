"""What was earned elsewhere: accepted badges, shown by their holders and counted here."""
