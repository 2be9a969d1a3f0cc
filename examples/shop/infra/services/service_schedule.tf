# With `trigger: service`: one task that always runs the schedule. Otherwise schedule.tf starts one each minute.

resource "aws_ecs_service" "schedule" {
  count = local.schedule.is_service ? 1 : 0

  name            = "schedule"
  cluster         = local.cluster
  task_definition = var.task_definitions["schedule"]
  launch_type     = local.schedule_spot ? null : "FARGATE"
  desired_count   = 1

  # Two would run everything twice: the old one ends before the new one starts.
  deployment_minimum_healthy_percent = 0
  deployment_maximum_percent         = 100
  availability_zone_rebalancing      = "DISABLED"

  enable_execute_command  = module.manifest.exec
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"
  wait_for_steady_state   = false # see service_web.tf

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

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

  lifecycle {
    postcondition {
      condition     = self.task_definition == var.task_definitions["schedule"]
      error_message = "schedule runs ${self.task_definition}, not ${var.task_definitions["schedule"]} as asked: the roll-out was rolled back."
    }
  }
}
