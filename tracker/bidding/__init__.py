"""The bid on one tender: who bids, what is asked, our answers, the gate, and the day of the opening."""
