"""The deployable bundle of each Lambda function: what is in it, and how it is made.

Runs before anything is installed, so it imports nothing but the standard library and asks uv.
"""
