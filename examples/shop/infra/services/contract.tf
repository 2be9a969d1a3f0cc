# What the platform layer, or a team with a platform of its own, says about itself.

data "aws_ssm_parameter" "contract" {
  for_each = toset([
    "task_subnet_ids",
    "assign_public_ip",
    "task_security_group_id",
    "cluster_name",
    "target_group_arn",
    "load_balancer_label",
    "target_group_label",
    "schedule_role_arn",
    "dead_letter_queue_arn",
    "alarm_topic_arn",
  ])

  name = "/${module.manifest.project.slug}/${module.manifest.name}/platform/${each.key}"
}

data "aws_partition" "current" {}
data "aws_caller_identity" "current" {}

locals {
  contract = { for name, parameter in data.aws_ssm_parameter.contract : name => parameter.insecure_value }

  cluster     = local.contract.cluster_name
  cluster_arn = "arn:${data.aws_partition.current.partition}:ecs:${module.manifest.project.region}:${data.aws_caller_identity.current.account_id}:cluster/${local.cluster}"

  subnets          = split(",", local.contract.task_subnet_ids)
  security_groups  = [local.contract.task_security_group_id]
  assign_public_ip = local.contract.assign_public_ip == "ENABLED"
}
