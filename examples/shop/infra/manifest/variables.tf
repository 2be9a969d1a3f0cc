variable "environment" {
  description = "Name of the manifest to read: environments/<environment>.yml."
  type        = string
}

variable "folder" {
  description = "Where the manifests lie; tests have some of their own."
  type        = string
  default     = null
}
