"""Knowledge by search: procedures and past cases, and answers that only quote them."""
