"""A language model that selects and orders steps; what is shown are the steps themselves."""
