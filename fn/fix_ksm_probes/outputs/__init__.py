"""What a run can write: one module for each form."""
