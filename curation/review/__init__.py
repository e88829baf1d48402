"""One criterion under review: its snapshot, its queue, what verdicts do, and when it retrains."""
