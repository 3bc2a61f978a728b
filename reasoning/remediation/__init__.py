"""What may be done about a cause: asked for, agreed to, carried out, verified, taken back."""
