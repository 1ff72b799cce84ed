"""Use cases of ideas: `writing` by authors, `life` from publication to the outcome, `supporting`,
`following`, `merging` of duplicates, `campaigning` for campaigns."""
