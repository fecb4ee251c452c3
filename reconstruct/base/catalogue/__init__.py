"""A catalogue of one's own: images that were fed to it, found again below other images."""
