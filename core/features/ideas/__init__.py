"""Ideas: free proposals and campaigns, support, outcome, what became of them."""
