"""Each draws one model value."""
