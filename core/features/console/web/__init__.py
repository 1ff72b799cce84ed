"""Pages of the administrator's desk: `people`, `regulation` with `ask`, and `journal`."""
