"""What each handler imports, how long that takes, and what it should not have done."""
