"""What a run costs: wall and memory of whole processes, as ratios to others of the same minute."""
