"""What moderators decide: cases, deeds, appeals, reports, and their server's own policy."""
