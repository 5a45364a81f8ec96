"""The bot's web pages. They know requests and rows; what is done in Discord is done elsewhere."""
