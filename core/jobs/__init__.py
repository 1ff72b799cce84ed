"""The message broker and the one dramatiq actor that carries events to their handlers."""
