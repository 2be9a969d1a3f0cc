# One for each workload, so that each has a place to look and a volume of its own.

resource "aws_cloudwatch_log_group" "workload" {
  for_each = local.workloads

  name              = "/ecs/${local.full_name}-${each.key}"
  retention_in_days = module.manifest.log_retention_days
}
