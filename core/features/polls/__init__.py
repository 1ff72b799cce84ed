"""Polls: questions put to residents, ballots, tallies, quorum, results (п. 3.10–3.13)."""
