# What a container finds in its environment.

locals {
  # ── What the platform knows ────────────────────────────────────────────────────────────────────
  platform_environment = {
    APP_ENV            = module.manifest.name
    APP_URL            = local.contract.url
    AWS_BUCKET         = local.contract.bucket
    AWS_DEFAULT_REGION = module.manifest.project.region
    DB_CONNECTION      = local.contract.database_connection
    DB_DATABASE        = local.contract.database_name
    DB_HOST            = local.contract.database_host
    DB_PORT            = local.contract.database_port
    DB_TLS             = tostring(module.manifest.platform.database != "external") # what the platform makes refuses anything else
    DB_USERNAME        = local.contract.database_username
    REDIS_CACHE_HOST   = local.contract.valkey_cache_host
    REDIS_HOST         = local.contract.valkey_host
    REDIS_PORT         = local.contract.valkey_port
    REDIS_SCHEME       = "tls"
  }

  # ── What the workload is ───────────────────────────────────────────────────────────────────────
  # retry_after follows QUEUE_TIMEOUT (app/Ecs/ContainerConfiguration.php), and Laravel stamps it on a job
  # when it is taken. So a worker goes by its own timeout, whatever other workers have, and anybody
  # else who might take a job (`artisan queue:work`) by the longest.
  longest_timeout = max([for workload in local.workloads : workload.timeout if workload.kind == "queue"]...)

  # What the schedule measures each minute: worker to its queues (infra/services scales by it).
  backlog_queues = { for name, workload in local.workloads : name => workload.queues if workload.kind == "queue" }

  workload_environment = {
    for name, workload in local.workloads : name => workload.kind != "queue" ? {
      QUEUE_TIMEOUT = tostring(local.longest_timeout)
      } : {
      QUEUES        = join(",", workload.queues)
      QUEUE_SLEEP   = tostring(workload.sleep)
      QUEUE_TIMEOUT = tostring(workload.timeout)
      QUEUE_TRIES   = tostring(workload.tries)
    }
  }

  # ── Together: the manifest's own settings win, but not over what the container is ──────────────
  environment = {
    for name, workload in local.workloads : name => {
      for key, value in merge(
        local.platform_environment,
        local.workload_environment[name],
        module.manifest.environment,
        {
          CONTAINER_MODE    = workload.trigger == "service" ? "schedule-loop" : workload.kind
          METRICS_NAMESPACE = local.full_name # of what the schedule measures, in CloudWatch
          RELEASE           = var.image       # by which a worker learns that a newer one is out
          WORKLOAD          = name
          WORKLOAD_CPU      = tostring(local.sizes[name].cpu)
          WORKLOAD_MEMORY   = tostring(local.sizes[name].memory)
        },
        workload.kind != "queue" ? {} : { STOP_TIMEOUT = tostring(workload.stop_timeout) },
        workload.kind != "schedule" ? {} : { BACKLOG_QUEUES = jsonencode(local.backlog_queues) },
      ) : key => value
      # ECS refuses a name that is both, and a secret is the more deliberate of the two.
      if !contains(module.manifest.secrets, key)
    }
  }

  # A name below the same region's SSM: the execution role reads it when a container starts.
  secrets = { for name in module.manifest.secrets : name => "/${module.manifest.project.slug}/${module.manifest.name}/secrets/${name}" }
}
