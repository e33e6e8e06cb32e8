"""Making takes: composing, steering, forms, recipes, jobs."""
