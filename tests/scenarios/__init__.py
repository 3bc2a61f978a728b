"""Whole storms through intake and diagnosis, judged by what the person on duty needs."""
