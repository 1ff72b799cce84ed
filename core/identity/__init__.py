"""Residents, staff, sessions and the ways to sign in; who may do what is asked of the rules."""
