output "services" {
  description = "Service to the task definition it was told to run."
  value = merge(
    { web = aws_ecs_service.web.task_definition },
    { for name, service in aws_ecs_service.queue : name => service.task_definition },
    { for service in aws_ecs_service.schedule : "schedule" => service.task_definition },
  )
}

output "schedule" {
  description = "What starts the schedule, and the task definition it starts."
  value = {
    trigger         = local.schedule.trigger
    name            = local.schedule.is_service ? "schedule" : local.schedule_name
    task_definition = var.task_definitions["schedule"]
  }
}

output "dashboard" {
  description = "The dashboard's name in CloudWatch."
  value       = aws_cloudwatch_dashboard.environment.dashboard_name
}
