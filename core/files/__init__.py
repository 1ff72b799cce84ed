"""Files people attach: checked by content, stripped of what they tell of their owner, kept in the
city's own schema."""
