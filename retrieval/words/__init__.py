"""Words of two languages: text to tokens, and the glossary that carries a question across."""
