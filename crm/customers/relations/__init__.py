"""What people and companies are to each other: kinds, relations, the picture of those near, and the way from one to another."""
