"""Known public images, recognised by fingerprints of their own steps; empty until the data is there."""
