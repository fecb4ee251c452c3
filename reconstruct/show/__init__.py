"""Text for people: units, times, tables, colour, the terminal, and safe text. Independent of commands and outputs."""
