"""The forms of a listing: a module each, `render(listing)` gives its lines."""
