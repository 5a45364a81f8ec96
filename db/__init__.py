"""All that outlives a process: rows and image bytes. Knows neither the bot nor the worker."""
