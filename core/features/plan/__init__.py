"""The yearly topic list, passports, implementation plans and reports (appendices 1 and 2)."""
