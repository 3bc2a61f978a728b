"""What goes on beside the calls: the worker that diagnoses, when it begins, whom it wakes."""
