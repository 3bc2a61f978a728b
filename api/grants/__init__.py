"""What no person may do alone: asked, confirmed, delayed."""
