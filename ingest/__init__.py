"""The way in: packs, alerts and changes become model values, a storm becomes incidents."""
