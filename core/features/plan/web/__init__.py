"""Pages of the topic plan: what residents read, what staff keep, what a unit writes by its link."""
