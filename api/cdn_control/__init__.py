"""The CDN control service of the demo: a process of its own that really switches something."""
