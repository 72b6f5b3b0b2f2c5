"""AWS on 127.0.0.1: an account by moto, Lambda with real processes, durable executions."""
