# Web, behind the load balancer.

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = local.cluster
  task_definition = var.task_definitions["web"]
  launch_type     = "FARGATE"
  desired_count   = local.web.min

  # A roll-out starts as many new tasks as there are old ones, and ends the old ones once they are healthy.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"
  health_check_grace_period_seconds  = 60

  enable_execute_command  = module.manifest.exec
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"

  # Terraform would wait for a steady state, which a roll-back reaches as well. bin/ecs waits, and looks.
  wait_for_steady_state = false

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  # Tasks may be healthy and answer errors all the same.
  alarms {
    alarm_names = [aws_cloudwatch_metric_alarm.web_errors.alarm_name]
    enable      = true
    rollback    = true
  }

  load_balancer {
    target_group_arn = local.contract.target_group_arn
    container_name   = "proxy"
    container_port   = 8080
  }

  network_configuration {
    subnets          = local.subnets
    security_groups  = local.security_groups
    assign_public_ip = local.assign_public_ip
  }

  lifecycle {
    ignore_changes = [desired_count] # scaling.tf decides it

    postcondition {
      condition     = self.task_definition == var.task_definitions["web"]
      error_message = "web runs ${self.task_definition}, not ${var.task_definitions["web"]} as asked: the roll-out was rolled back."
    }
  }
}
