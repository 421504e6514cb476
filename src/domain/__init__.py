"""What Portside knows: rules and words of its own, with ports for everything it needs from the world."""
