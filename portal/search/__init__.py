"""Find a use case, a segment, a person, a gate or a page of the programme."""
