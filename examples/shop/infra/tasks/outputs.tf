output "task_definitions" {
  description = "Workload to the ARN of its newest revision: what infra/services is to run."
  value       = { for name, definition in aws_ecs_task_definition.workload : name => definition.arn }
}

output "log_groups" {
  description = "Workload to the name of its log group."
  value       = { for name, group in aws_cloudwatch_log_group.workload : name => group.name }
}

output "containers" {
  description = "Workload to the names of its containers, the one that runs PHP first."
  value       = { for name, containers in local.containers : name => containers[*].name }
}
