"""What lastgood costs: at a cold start, when warm, on disk, in memory and in money."""
