"""The drawn graph and its table: two components of our own in the page, and where boxes stand."""
