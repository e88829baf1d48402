"""Learning: objectives, the adapter they train, replay of decisions, evaluation, adoption."""
