"""The typed, frozen values of the domain, in the order of the flow."""
