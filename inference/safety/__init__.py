"""What is looked at before a job is drawn and before its pictures are stored. Knows no database."""
