# What an environment has for years, whatever is released into it: network, load balancer, cluster, database,
# Valkey, bucket, and the roles that its tasks use.

module "manifest" {
  source = "../manifest"

  environment = var.environment
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  full_name = module.manifest.full_name
  platform  = module.manifest.platform
  region    = module.manifest.project.region
  secrets   = "${local.arn}:ssm:${local.here}:parameter/${module.manifest.project.slug}/${module.manifest.name}/secrets"

  account_id = data.aws_caller_identity.current.account_id
  dns_suffix = data.aws_partition.current.dns_suffix

  # "arn:aws:ecs:us-east-1:123456789012" of any service here is "${local.arn}:ecs:${local.here}".
  arn  = "arn:${data.aws_partition.current.partition}"
  here = "${local.region}:${local.account_id}"
}
