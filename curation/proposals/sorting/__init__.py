"""Questions that sort images into groups: name one, sweep a grid, join two piles."""
