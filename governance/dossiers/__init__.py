"""What governance holds of a thing: its dossier, its editions with facets, scopes and requirements."""
