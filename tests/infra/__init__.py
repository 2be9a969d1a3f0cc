"""What is rendered for AWS: the pipeline, the infrastructure, the command."""
