"""Studies to parts of the page: figures drawn and saved, tables and sentences."""
