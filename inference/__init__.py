"""The inference process: turns claimed jobs into pictures. Knows nothing of Discord."""
