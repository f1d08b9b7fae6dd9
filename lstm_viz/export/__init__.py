"""What a reader takes along, beyond what a browser makes by itself."""
