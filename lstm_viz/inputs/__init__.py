"""What a net reads: sequences, tables of numbers, and the losses that are followed."""
