"""Documents and past cases that people bring in: taken in as drafts, published, retired."""
