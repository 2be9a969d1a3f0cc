module "manifest" {
  source = "../manifest"

  environment = var.environment
}

locals {
  full_name = module.manifest.full_name
  web       = module.manifest.workloads.web
  queues    = { for name, workload in module.manifest.workloads : name => workload if workload.kind == "queue" }
  schedule  = module.manifest.workloads.schedule
  services  = { for name, workload in module.manifest.workloads : name => workload if workload.is_service }
}
