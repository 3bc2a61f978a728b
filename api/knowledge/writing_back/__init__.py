"""What people write back: ticks and how SOPs fared, questions without an answer, cases."""
