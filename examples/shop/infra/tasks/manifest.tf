module "manifest" {
  source = "../manifest"

  environment = var.environment
}

locals {
  full_name = module.manifest.full_name
  workloads = module.manifest.workloads
}
