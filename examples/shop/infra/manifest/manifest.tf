# One environment's manifest: decoded, completed with what it leaves out, and checked (checks.tf).
#
# It needs no provider and no account, so a manifest can be tried by itself:
#   terraform -chdir=infra/manifest init && terraform -chdir=infra/manifest plan -var environment=production

terraform {
  required_version = ">= 1.11"
}

locals {
  folder   = coalesce(var.folder, "${path.module}/../environments")
  file     = "${local.folder}/${var.environment}.yml"
  known    = sort([for file in fileset(local.folder, "*.yml") : trimsuffix(file, ".yml")])
  manifest = try(yamldecode(file(local.file)), null)
  project  = try(yamldecode(file("${path.module}/../project.yml")), null)
}

# A container's longest stop on Fargate is 120 seconds. A worker gets its longest job and ten seconds
# more; the others what their graceful stop needs. A job that may take longer than 110 seconds cannot
# count on that: its worker has ECS protect the task (app/Ecs/Queue), and nothing stops it meanwhile.
locals {
  longest_stop = 120

  stop_timeouts = { web = 60, schedule = 120, migrate = 120, artisan = 120 }

  declared = try({ for name, workload in local.manifest.workloads : name => workload }, {})

  # `bin/ecs artisan` has a task of its own, as large as a migration unless the manifest says otherwise.
  all = merge({ artisan = try(local.declared.migrate, {}) }, local.declared)

  kinds = { for name, workload in local.all : name => try(coalesce(tostring(workload.kind)), name) }

  timeouts = { for name, workload in local.all : name => try(tonumber(workload.timeout), 90) if local.kinds[name] == "queue" }
  long     = { for name in keys(local.all) : name => try(local.timeouts[name] + 10 > local.longest_stop, false) }

  workloads = {
    for name, workload in local.all : name => {
      name             = name
      kind             = local.kinds[name]
      cpu              = try(tonumber(workload.cpu), null)
      memory           = try(tonumber(workload.memory), null)
      min              = try(tonumber(workload.min), null)
      max              = try(tonumber(workload.max), null)
      queues           = local.kinds[name] != "queue" ? [] : try([for queue in workload.queues : tostring(queue)], ["default"])
      timeout          = try(local.timeouts[name], null)
      tries            = local.kinds[name] != "queue" ? null : try(tonumber(workload.tries), 3)
      sleep            = local.kinds[name] != "queue" ? null : try(tonumber(workload.sleep), 3)
      backlog_per_task = local.kinds[name] != "queue" ? null : try(tonumber(workload.backlog_per_task), local.long[name] ? 1 : 100)
      trigger          = local.kinds[name] != "schedule" ? null : try(tostring(workload.trigger), "rule")
      capacity         = local.kinds[name] != "schedule" ? null : try(tostring(workload.capacity), "on-demand")

      is_long      = local.long[name]
      stop_timeout = try(local.stop_timeouts[local.kinds[name]], min(local.timeouts[name] + 10, local.longest_stop), null)
      is_service   = contains(["web", "queue"], local.kinds[name]) || try(workload.trigger, "") == "service"
    }
  }
}

locals {
  platform = {
    domain      = try(coalesce(tostring(local.manifest.platform.domain)), "")
    hosted_zone = try(coalesce(tostring(local.manifest.platform.hosted_zone)), "")

    network = try(tostring(local.manifest.platform.network), null)
    cidr    = try(tostring(local.manifest.platform.cidr), null)
    zones   = try(tonumber(local.manifest.platform.zones), 2)

    database             = try(tostring(local.manifest.platform.database), null)
    database_class       = try(tostring(local.manifest.platform.database_class), null)
    database_storage     = try(tonumber(local.manifest.platform.database_storage), 20)
    database_min_acu     = try(tonumber(local.manifest.platform.database_min_acu), 0.5)
    database_max_acu     = try(tonumber(local.manifest.platform.database_max_acu), 2)
    database_standby     = try(tobool(local.manifest.platform.database_standby), false)
    database_backup_days = try(tonumber(local.manifest.platform.database_backup_days), 7)

    valkey_class     = try(tostring(local.manifest.platform.valkey_class), null)
    valkey_instances = try(tonumber(local.manifest.platform.valkey_instances), 1)
    valkey_standby   = try(tobool(local.manifest.platform.valkey_standby), false)
  }
}

locals {
  environment = try({ for name, value in local.manifest.environment : name => try(tostring(value), "") }, {})

  # Names; of a line with a value nothing is read.
  lists_secrets = can(regex("^\\[", jsonencode(local.manifest.secrets)))
  secrets       = !local.lists_secrets ? [] : [for name in local.manifest.secrets : tostring(name) if can(tostring(name)) && name != null]
}
