"""What leaves: duties become messages, and messages mails, words in a group, dates in a calendar."""
