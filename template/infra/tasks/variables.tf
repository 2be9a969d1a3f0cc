variable "environment" {
  description = "Name of the manifest to read: environments/<environment>.yml."
  type        = string
}

variable "secret_versions" {
  description = "Secret to how often it was set, as bin/ecs reads it: a new value then means a new task definition, and so new tasks."
  type        = map(number)
  default     = {}
}

variable "image" {
  description = "The image that every container runs, by digest: a tag could name another one tomorrow."
  type        = string

  validation {
    condition     = can(regex("^[^@ ]+@sha256:[0-9a-f]{64}$", var.image))
    error_message = "image: a repository and a digest, such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/shop@sha256:...; not ${var.image}. `bin/ecs build` pushes one."
  }
}
