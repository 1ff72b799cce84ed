"""Use cases of the topic plan: `gathering` takes proposals, `approval` decides on them, `amending`
changes the approved list, `implementing` keeps measures and reports, `cabinet` serves one-time
links of units, `topics` offers the list to those who hold polls and campaigns."""
