"""The commands of `etiograph`; each module is imported when its command runs."""
