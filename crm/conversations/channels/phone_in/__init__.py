"""What telephone exchanges tell of calls: who signed it, what it says, what becomes of it."""
