"""The staff's working place: own tasks, the calendar of obligations, document templates."""
