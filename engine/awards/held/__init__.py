"""What a person does with the awards they hold: their own page, records, wallets, their name."""
