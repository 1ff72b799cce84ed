"""The shell every page shares: requests, errors, templates, language, security headers, assets."""
