"""The Discord side: commands, credits and jobs in, finished pictures out. Knows no torch."""
