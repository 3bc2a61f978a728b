"""What goes over the wire, one module for each subject."""
