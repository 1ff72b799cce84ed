"""The plain pages of the association's and the operator's own hosts."""
