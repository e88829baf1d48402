"""Images to try everything on: everyday objects drawn here, and scikit-learn's digits."""
