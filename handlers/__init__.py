"""The Lambda functions: each parses, calls and returns."""
