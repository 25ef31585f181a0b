"""What a person finds on their desktop in every browser: notices, and how they laid it out."""
