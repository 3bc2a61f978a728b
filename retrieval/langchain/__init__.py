"""LangChain, both ways: the one home of that library."""
