"""Every text that people read, and how it is marked up. Knows no interactions and no database."""
