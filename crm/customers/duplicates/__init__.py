"""Finding customers who stand in the list twice: as one is entered, and every night."""
