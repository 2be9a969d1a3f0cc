# Every minute: a task that runs what is due, and ends. By an EventBridge rule or by EventBridge Scheduler,
# as the manifest says; both hand over the minute they stand for, because a task may start in the next one.

locals {
  schedule_name = "${local.full_name}-schedule"
  schedule_spot = local.schedule.capacity == "spot"
  every_minute  = "cron(* * * * ? *)" # rate(1 minute) counts from the rule's creation, not from second 0
}

# ── trigger: rule ────────────────────────────────────────────────────────────────────────────────

resource "aws_cloudwatch_event_rule" "schedule" {
  count = local.schedule.trigger == "rule" ? 1 : 0

  name                = local.schedule_name
  description         = "Runs the schedule of ${local.full_name} every minute."
  schedule_expression = local.every_minute
}

resource "aws_cloudwatch_event_target" "schedule" {
  count = local.schedule.trigger == "rule" ? 1 : 0

  rule      = aws_cloudwatch_event_rule.schedule[0].name
  target_id = "schedule"
  arn       = local.cluster_arn
  role_arn  = local.contract.schedule_role_arn

  ecs_target {
    task_definition_arn     = var.task_definitions["schedule"]
    task_count              = 1
    launch_type             = local.schedule_spot ? null : "FARGATE"
    propagate_tags          = "TASK_DEFINITION"
    enable_ecs_managed_tags = true

    dynamic "capacity_provider_strategy" {
      for_each = local.schedule_spot ? ["FARGATE_SPOT"] : []

      content {
        capacity_provider = capacity_provider_strategy.value
        weight            = 1
      }
    }

    network_configuration {
      subnets          = local.subnets
      security_groups  = local.security_groups
      assign_public_ip = local.assign_public_ip
    }
  }

  input_transformer {
    input_paths = { time = "$.time" }

    # Written out: jsonencode() would make \u003ctime\u003e of it, which EventBridge does not replace.
    input_template = <<-JSON
      {
        "containerOverrides": [
          {
            "name": "schedule",
            "environment": [{"name": "SCHEDULE_TIME", "value": "<time>"}]
          }
        ]
      }
    JSON
  }

  # A tick that is a minute late is the next tick's.
  retry_policy {
    maximum_event_age_in_seconds = 60
    maximum_retry_attempts       = 1
  }

  dead_letter_config {
    arn = local.contract.dead_letter_queue_arn
  }
}

# ── trigger: scheduler ───────────────────────────────────────────────────────────────────────────

resource "aws_scheduler_schedule" "schedule" {
  count = local.schedule.trigger == "scheduler" ? 1 : 0

  name                         = local.schedule_name
  description                  = "Runs the schedule of ${local.full_name} every minute."
  schedule_expression          = local.every_minute
  schedule_expression_timezone = "UTC"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = local.cluster_arn
    role_arn = local.contract.schedule_role_arn

    # As above: no jsonencode().
    input = <<-JSON
      {
        "containerOverrides": [
          {
            "name": "schedule",
            "environment": [{"name": "SCHEDULE_TIME", "value": "<aws.scheduler.scheduled-time>"}]
          }
        ]
      }
    JSON

    ecs_parameters {
      task_definition_arn     = var.task_definitions["schedule"]
      task_count              = 1
      launch_type             = local.schedule_spot ? null : "FARGATE"
      propagate_tags          = "TASK_DEFINITION"
      enable_ecs_managed_tags = true

      dynamic "capacity_provider_strategy" {
        for_each = local.schedule_spot ? ["FARGATE_SPOT"] : []

        content {
          capacity_provider = capacity_provider_strategy.value
          weight            = 1
        }
      }

      network_configuration {
        subnets          = local.subnets
        security_groups  = local.security_groups
        assign_public_ip = local.assign_public_ip
      }
    }

    retry_policy {
      maximum_event_age_in_seconds = 60
      maximum_retry_attempts       = 1
    }

    dead_letter_config {
      arn = local.contract.dead_letter_queue_arn
    }
  }
}
