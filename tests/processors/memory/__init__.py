"""What is remembered, kept and told."""
