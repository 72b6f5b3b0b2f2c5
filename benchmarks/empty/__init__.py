"""Two handlers that do nothing: what is left of a cold start when the work is taken away."""
