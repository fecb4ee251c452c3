"""The formats of a listing: one module each, whose `render(listing)` gives the lines."""
