"""A DOCX made into a PDF: its paragraphs, tables, pages and pictures said in Typst's words.

It covers what official documents consist of, not all of Word; what it leaves out it names."""
