"""What is known of programs: one file each."""
