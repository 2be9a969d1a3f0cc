resource "aws_ecs_task_definition" "workload" {
  for_each = local.workloads

  family                   = "${local.full_name}-${each.key}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.cpu
  memory                   = each.value.memory
  execution_role_arn       = local.contract.execution_role_arn
  task_role_arn            = local.contract.task_role_arn
  container_definitions    = jsonencode(local.containers[each.key])

  # Revisions stay active: the schedule's rule names one until infra/services is applied, and a
  # roll-back needs the one before.
  skip_destroy = true

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = { arm64 = "ARM64", x86_64 = "X86_64" }[module.manifest.project.architecture]
  }

  dynamic "volume" {
    for_each = flatten([
      for container in local.containers[each.key] : [for mount in container.mountPoints : mount.sourceVolume]
    ])

    content {
      name = volume.value
    }
  }
}
