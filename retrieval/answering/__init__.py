"""Answers to a question: quoted steps, in a thread, with a model where one helps."""
