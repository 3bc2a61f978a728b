"""The tests mirror the packages they state the behaviour of."""
