"""The cloud on this machine: both services and AWS over real HTTP, with scripted faults.

For tests, the demo and `lastgood sandbox`; nothing in `lastgood/` or `handlers/` may import it.
"""
