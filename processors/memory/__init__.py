"""What is remembered of people: kept, corrected, forgotten, and told before a thought."""
