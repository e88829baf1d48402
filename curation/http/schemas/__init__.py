"""All that crosses the boundary, as pydantic models: the page, scripts and robots share them."""
