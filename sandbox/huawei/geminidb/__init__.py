"""GeminiDB: Redis instances with real data, their points, restores and jobs."""
