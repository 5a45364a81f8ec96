"""The models that can draw, all behind the one protocol of `backend`."""
