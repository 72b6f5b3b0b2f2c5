"""Small programs for whoever works on lastgood itself."""
