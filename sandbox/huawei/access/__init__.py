"""Who calls: signatures, tokens, lockouts, and IAM, which issues the tokens."""
