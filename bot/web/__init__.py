"""The bot's web pages. They know requests and rows, but send nothing to Discord."""
