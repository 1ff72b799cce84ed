"""Pages of ideas: residents' in gallery, idea, submit and mine, staff's in desk."""
