"""Use cases of polls: `drafting` prepares them, `life` moves them on, `voting` takes ballots."""
