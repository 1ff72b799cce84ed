"""The rule modules shipped with the product; found by the same entry points as anybody else's."""
