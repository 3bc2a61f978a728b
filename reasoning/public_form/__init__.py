"""The core as others know it: pgmpy, BIF, XMLBIF, the audit."""
