"""Forgetting a person: what is said of them goes, what the law wants kept stays without them."""
