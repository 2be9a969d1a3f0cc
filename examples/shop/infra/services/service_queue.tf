# Workers: a service for each workload of the kind queue.

resource "aws_ecs_service" "queue" {
  for_each = local.queues

  name            = each.key
  cluster         = local.cluster
  task_definition = var.task_definitions[each.key]
  launch_type     = "FARGATE"
  desired_count   = local.capacity[each.key].min

  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"

  enable_execute_command  = module.manifest.exec
  enable_ecs_managed_tags = true
  propagate_tags          = "SERVICE"
  wait_for_steady_state   = false # see service_web.tf

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = local.subnets
    security_groups  = local.security_groups
    assign_public_ip = local.assign_public_ip
  }

  lifecycle {
    ignore_changes = [desired_count] # scaling.tf decides it

    postcondition {
      condition     = self.task_definition == var.task_definitions[each.key]
      error_message = "${each.key} runs ${self.task_definition}, not ${var.task_definitions[each.key]} as asked: the roll-out was rolled back."
    }
  }
}
