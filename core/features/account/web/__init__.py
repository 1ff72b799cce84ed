"""Pages of accounts: signing in, the profile, the second factor of staff, operators, the demo."""
