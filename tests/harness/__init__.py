"""What starts and measures a real guide: for the tests, and for the tools that measure, draw and soak."""
