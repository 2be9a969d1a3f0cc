# What an AWS account has once, however many environments live in it: the images and the pipeline's roles.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

module "manifest" {
  source   = "../manifest"
  for_each = toset([for file in fileset("${path.module}/../environments", "*.yml") : trimsuffix(file, ".yml")])

  environment = each.key
}

locals {
  project = values(module.manifest)[0].project

  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  # "arn:aws:ecs:us-east-1:123456789012" of any service here is "${local.arn}:ecs:${local.here}".
  arn  = "arn:${local.partition}"
  here = "${local.project.region}:${local.account_id}"

  # The environments that live in this account; the others have an account, and a run of this layer, of
  # their own.
  environments = { for name, manifest in module.manifest : name => manifest if manifest.account_id == local.account_id }
}
