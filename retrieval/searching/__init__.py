"""Questions over indexes: of the store, of any corpus, with what the graph says round them."""
