variable "environment" {
  description = "Name of the manifest to read: environments/<environment>.yml."
  type        = string
}

variable "mocked" {
  description = "Whether the provider is a mock, as in tests: it has no ephemeral resources, and nobody is to be warned."
  type        = bool
  default     = false
}
