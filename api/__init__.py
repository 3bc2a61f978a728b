"""Every way in, HTTP and command line, and the wiring of the parts."""
