"""The operator manual: pages made from the operating model and the catalogue, free of Dagster."""
