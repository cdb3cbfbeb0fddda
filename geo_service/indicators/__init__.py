"""Floor 2: pure functions of a :class:`~geo_service.core.snapshot.Snapshot`, one family a file."""
