# How many tasks: between the manifest's min and max, web by requests and CPU, workers by CPU.

locals {
  capacity = {
    for name, workload in merge({ web = local.web }, local.queues) : name => {
      # A worker that is not there has no CPU to measure: nothing would start the first one again.
      min = max(workload.min, 1)
      max = max(workload.max, 1)
    }
  }
}

resource "aws_appautoscaling_target" "service" {
  for_each = local.capacity

  service_namespace  = "ecs"
  resource_id        = "service/${local.cluster}/${each.key == "web" ? aws_ecs_service.web.name : aws_ecs_service.queue[each.key].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = each.value.min
  max_capacity       = each.value.max
}

resource "aws_appautoscaling_policy" "cpu" {
  for_each = aws_appautoscaling_target.service

  name               = "${local.full_name}-${each.key}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = each.value.service_namespace
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = each.key == "web" ? 60 : 70
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

# PHP that waits for a database uses no CPU, and still has no process left for the next visitor.
resource "aws_appautoscaling_policy" "requests" {
  name               = "${local.full_name}-web-requests"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service["web"].service_namespace
  resource_id        = aws_appautoscaling_target.service["web"].resource_id
  scalable_dimension = aws_appautoscaling_target.service["web"].scalable_dimension

  target_tracking_scaling_policy_configuration {
    # Requests a minute for each task: some 8 a second for each 256 CPU units. Measure yours.
    target_value       = local.web.cpu * 2
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ALBRequestCountPerTarget"
      resource_label         = "${local.contract.load_balancer_label}/${local.contract.target_group_label}"
    }
  }
}
