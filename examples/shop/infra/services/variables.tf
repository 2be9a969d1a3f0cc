variable "environment" {
  description = "Name of the manifest to read: environments/<environment>.yml."
  type        = string
}

variable "task_definitions" {
  description = "Workload to the ARN of the task definition to run: the output of infra/tasks of this name."
  type        = map(string)

  validation {
    condition     = alltrue([for arn in values(var.task_definitions) : can(regex(":task-definition/[A-Za-z0-9_-]+:[0-9]+$", arn))])
    error_message = "task_definitions: ARNs that end in a revision, such as ...:task-definition/shop-production-web:7. Take the output of infra/tasks as it is."
  }

  validation {
    condition     = length(setsubtract(keys(module.manifest.workloads), keys(var.task_definitions))) == 0
    error_message = "task_definitions: none for ${join(", ", setsubtract(keys(module.manifest.workloads), keys(var.task_definitions)))}. Apply infra/tasks first: it makes one for each workload."
  }
}
