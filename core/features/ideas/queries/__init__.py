"""Every SELECT of ideas: one idea, the gallery, search, similar ones, the map, figures, exports."""
