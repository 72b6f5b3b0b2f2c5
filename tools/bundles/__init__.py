"""The deployable bundle of each Lambda function: what is in it, and how it is made.

Runs before the project is installed: it needs only the dependency group `build`, and uv.
"""
