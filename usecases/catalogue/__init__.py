"""Sources, attributes, events, destinations and what people know about them."""
