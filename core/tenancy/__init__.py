"""Municipalities: their folders, registry, schemas, regulation tables, and the migration runner."""
