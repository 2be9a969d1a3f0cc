# How many tasks: between the manifest's min and max, web by requests and CPU, workers by their backlog.

locals {
  capacity = { for name, workload in merge({ web = local.web }, local.queues) : name => { min = workload.min, max = workload.max } }

  # Workers of which none may run while there is nothing to do.
  sleepers = { for name, workload in local.queues : name => workload if workload.min == 0 }

  # ── What workers are scaled by ─────────────────────────────────────────────────────────────────
  # Jobs that wait or run, which the schedule measures each minute; those for later are not counted.
  # CloudWatch bills a metric that is one's own with some $0.30 a month, beyond ten for each account:
  # here one for each worker, and three of the schedule's.
  backlog = { for name in keys(local.queues) : name => { namespace = local.full_name, name = "Backlog", of = { ServiceName = name } } }
  tasks   = { for name in keys(local.queues) : name => { namespace = "ECS/ContainerInsights", name = "RunningTaskCount", of = local.service[name] } }

  # ECS tells of its tasks a minute or two late: until then the number is what it was (REPEAT), so that
  # running workers are never taken for none. Where nothing was ever told, nothing runs.
  running = "FILL(FILL(tasks, REPEAT), 0)"
}

resource "aws_appautoscaling_target" "service" {
  for_each = local.capacity

  service_namespace  = "ecs"
  resource_id        = "service/${local.cluster}/${each.key == "web" ? aws_ecs_service.web.name : aws_ecs_service.queue[each.key].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = each.value.min
  max_capacity       = each.value.max
}

# ── Web ──────────────────────────────────────────────────────────────────────────────────────────

# Of two policies the one that wants more tasks wins.
resource "aws_appautoscaling_policy" "cpu" {
  name               = "${local.full_name}-web-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service["web"].service_namespace
  resource_id        = aws_appautoscaling_target.service["web"].resource_id
  scalable_dimension = aws_appautoscaling_target.service["web"].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = 60
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}

moved {
  from = aws_appautoscaling_policy.cpu["web"]
  to   = aws_appautoscaling_policy.cpu
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

# ── Workers ──────────────────────────────────────────────────────────────────────────────────────

# As many tasks as the backlog needs, each with backlog_per_task of it. Nothing else decides: a worker that
# waits for somebody's API uses no CPU however much lies before it, and one that calculates uses all of
# it with nothing else to do.
resource "aws_appautoscaling_policy" "backlog" {
  for_each = local.queues

  name               = "${local.full_name}-${each.key}-backlog"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service[each.key].service_namespace
  resource_id        = aws_appautoscaling_target.service[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.service[each.key].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.backlog_per_task
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    customized_metric_specification {
      # Without a task it is the whole backlog: nothing is divided by zero. A backlog that nobody has
      # measured is not filled in: while the schedule stands still, so does the number of workers.
      metrics {
        id          = "per_task"
        label       = "backlog per task"
        expression  = "backlog / IF(${local.running} > 1, ${local.running}, 1)"
        return_data = true
      }

      dynamic "metrics" {
        for_each = { backlog = local.backlog[each.key], tasks = local.tasks[each.key] }

        content {
          id          = metrics.key
          return_data = false

          metric_stat {
            stat = "Average"

            metric {
              namespace   = metrics.value.namespace
              metric_name = metrics.value.name

              dynamic "dimensions" {
                for_each = metrics.value.of

                content {
                  name  = dimensions.key
                  value = dimensions.value
                }
              }
            }
          }
        }
      }
    }
  }
}

# Target tracking multiplies, and so never gets away from none. With `min: 0` this starts the first task, and
# no second one; the policy above does the rest, and ends the last task once the queue is empty.
resource "aws_appautoscaling_policy" "wake" {
  for_each = local.sleepers

  name               = "${local.full_name}-${each.key}-wake"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.service[each.key].service_namespace
  resource_id        = aws_appautoscaling_target.service[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.service[each.key].scalable_dimension

  step_scaling_policy_configuration {
    adjustment_type         = "ExactCapacity"
    metric_aggregation_type = "Maximum"
    cooldown                = 60

    step_adjustment {
      metric_interval_lower_bound = 0
      scaling_adjustment          = 1
    }
  }
}

# No alarm in the sense of the others: it wakes a worker, not a person.
resource "aws_cloudwatch_metric_alarm" "wake" {
  for_each = local.sleepers

  alarm_name        = "${local.full_name}-wake-${each.key}"
  alarm_description = "${each.key} has jobs and no task: scaling starts one. Nobody has to do anything."
  alarm_actions     = [aws_appautoscaling_policy.wake[each.key].arn]

  comparison_operator = "GreaterThanOrEqualToThreshold"
  threshold           = 1
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "asleep"
    label       = "jobs wait, and no task runs"
    expression  = "IF(${local.running} < 1 AND FILL(backlog, 0) > 0, 1, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { backlog = local.backlog[each.key], tasks = local.tasks[each.key] }

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.of
        stat        = "Average"
        period      = 60
      }
    }
  }
}
