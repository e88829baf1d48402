"""The workspace's methods by topic; ``curation.workspace`` joins them into one object."""
