"""Draws the DOCX templates that come with the product: `python -m core.documents.drawing`.

The files it writes are kept beside the slices they belong to; a test draws them anew and compares.
"""
