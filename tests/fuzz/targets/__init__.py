"""The fuzz targets, a module a part of the project; `tests.fuzz.target.load` finds them by their place."""
