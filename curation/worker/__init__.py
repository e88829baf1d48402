"""The processes that own the accelerator and the map: encode, train, lay out. The server never trains."""
