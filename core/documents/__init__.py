"""Official documents as DOCX, PDF and XLSX, from templates that a city can replace."""
