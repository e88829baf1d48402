"""Teaching a sorting task: sessions, what they learn, and the robot's side of the wire."""
