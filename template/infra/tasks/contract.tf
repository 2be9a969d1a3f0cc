# What the platform layer, or a team with a platform of its own, says about itself.

data "aws_ssm_parameter" "contract" {
  for_each = toset([
    "execution_role_arn",
    "task_role_arn",
    "url",
    "database_connection",
    "database_host",
    "database_port",
    "database_name",
    "database_username",
    "valkey_host",
    "valkey_cache_host",
    "valkey_port",
    "bucket",
  ])

  name = "/${module.manifest.project.slug}/${module.manifest.name}/platform/${each.key}"
}

locals {
  # None of it is secret: as `value` it would hide whole task definitions in a plan.
  contract = { for name, parameter in data.aws_ssm_parameter.contract : name => parameter.insecure_value }
}
