"""What `instep explain` tells of things other than a SKU: one file a thing, made of chapters."""
