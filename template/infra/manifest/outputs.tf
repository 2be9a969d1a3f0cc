output "project" {
  description = "project.yml: slug, name, region, architecture, repository, ci."
  value       = local.project

  precondition {
    condition     = length(local.project_problems) == 0
    error_message = "infra/project.yml cannot be used:\n\n  ${join("\n  ", local.project_problems)}"
  }
}

output "name" {
  description = "The environment's name."
  value       = var.environment

  precondition {
    condition     = length(local.problems) == 0
    error_message = "infra/environments/${var.environment}.yml cannot be used:\n\n  ${join("\n  ", local.problems)}"
  }
}

output "full_name" {
  description = "What names on AWS begin with: <slug>-<environment>."
  value       = "${local.project.slug}-${var.environment}"
}

output "account_id" {
  description = "The AWS account, twelve digits; empty before `bin/ecs bootstrap`."
  value       = try(tostring(local.manifest.account_id), "")
}

output "alarm_email" {
  value = try(tostring(local.manifest.alarm_email), "")
}

output "log_retention_days" {
  value = try(tonumber(local.manifest.log_retention_days), null)
}

output "protected" {
  description = "Whether database and load balancer refuse to be deleted."
  value       = try(tobool(local.manifest.protected), true)
}

output "exec" {
  description = "Whether ECS Exec may open a shell in a container."
  value       = try(tobool(local.manifest.exec), false)
}

output "platform" {
  description = "What lies below `platform`, complete."
  value       = local.platform
}

output "workloads" {
  description = "Each workload by its name, complete; `artisan` is always among them."
  value       = local.workloads
}

output "environment" {
  description = "The application's own settings: name to value."
  value       = local.environment
}

output "secrets" {
  description = "Names of the secrets that every PHP container gets."
  value       = local.secrets
}
