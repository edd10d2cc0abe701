"""What the servers have in common: how they are started, and what they remember for the tests."""
