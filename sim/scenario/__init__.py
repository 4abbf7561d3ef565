"""What is asked: the scenario file, its checks, its schema and what it will cost."""
