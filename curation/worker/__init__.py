"""The processes that own the accelerator and the map, so that the server never trains."""
