"""How the tables of the accounts came to be what they are."""
