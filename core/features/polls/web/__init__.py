"""Pages of polls: `public` for residents, `desk` for staff, `exports` for files."""
