"""What of a text a reader would not see, or a language model would obey: taken out, and told."""

from __future__ import annotations

import unicodedata

from graph.hidden_text import FOR_MACHINES, HIDDEN, TEMPLATE_TOKENS
from ingest.documents.blocks import Note


def screened(text: str, place: int) -> tuple[str, list[Note]]:
    """Give the text without what hides or commands a model, and notes of what was there.

    Characters are composed (NFC), not folded: what is shown stays what was written.
    """
    notes: list[Note] = []
    clean = unicodedata.normalize("NFC", text).replace("\u2028", "\n").replace("\u2029", "\n")
    if hidden := sorted(set(HIDDEN.findall(clean))):
        names = ", ".join(f"U+{ord(character):04X}" for character in hidden[:5])
        notes.append(Note("hidden_characters", place, names))
        clean = HIDDEN.sub("", clean)
    # Taking one token out may join the halves of another.
    while found := TEMPLATE_TOKENS.findall(clean):
        notes.append(Note("template_tokens", place, " ".join(found[:3])[:120]))
        clean = TEMPLATE_TOKENS.sub("", clean)
    if spoken := FOR_MACHINES.search(unicodedata.normalize("NFKC", clean)):
        notes.append(Note("for_machines", place, spoken[0][:120]))
    return clean, notes
