"""What people read: units, times, tables, colour, the terminal, and text made safe to show. Knows no command and no output."""
