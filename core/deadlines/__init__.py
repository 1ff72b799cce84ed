"""Obligations: who owes what by when, under which clause; working days, reminders, escalation."""
