# The containers of each task definition, as ECS wants them. Every task has one, named like its workload;
# web has a proxy before it.

locals {
  # ── Shares: CPU units and MiB; tmp is a tmpfs, which counts as the container's memory ──────────
  # The proxy needs little: nginx, the log filter, and uploads on their way to PHP, which lie in its tmp,
  # up to 33 MB each. 128 MiB is what docker/entrypoint.sh leaves for web's tmp when it sizes PHP-FPM.
  proxy_cpu    = floor(local.workloads.web.cpu / 8)
  proxy_memory = min(256, local.workloads.web.memory / 4)

  sizes = merge(
    {
      for name, workload in local.workloads : name =>
      { workload = name, cpu = workload.cpu, memory = workload.memory, tmp = workload.memory / 4 }
    },
    {
      web   = { workload = "web", cpu = local.workloads.web.cpu - local.proxy_cpu, memory = local.workloads.web.memory - local.proxy_memory, tmp = 128 }
      proxy = { workload = "web", cpu = local.proxy_cpu, memory = local.proxy_memory, tmp = local.proxy_memory / 2 }
    },
  )

  # ── What every container has ───────────────────────────────────────────────────────────────────
  common = {
    for name, size in local.sizes : name => {
      name                   = name
      image                  = var.image
      essential              = true
      cpu                    = size.cpu
      memory                 = size.memory
      stopTimeout            = local.workloads[size.workload].stop_timeout
      readonlyRootFilesystem = true

      linuxParameters = {
        initProcessEnabled = true
        capabilities       = { drop = ["ALL"] }
        tmpfs = [{
          containerPath = "/tmp"
          size          = size.tmp
          mountOptions  = ["mode=1777", "nosuid", "nodev", "noexec"]
        }]
      }

      logConfiguration = {
        logDriver = "awslogs"
        options = merge(
          {
            awslogs-group         = aws_cloudwatch_log_group.workload[size.workload].name
            awslogs-region        = module.manifest.project.region
            awslogs-stream-prefix = "ecs"
          },
          # Without a mode ECS takes non-blocking with a smaller buffer. A service must serve on while
          # CloudWatch is slow: up to 25 MB of lines wait, the rest is lost. Nobody waits for a task that
          # ends, and what a migration said must not be missing: it waits for CloudWatch.
          local.workloads[size.workload].is_service
          ? { mode = "non-blocking", max-buffer-size = "25m" }
          : { mode = "blocking" },
        )
      }

      mountPoints = [
        for volume, path in local.exec_volumes :
        { sourceVolume = "${name}-${volume}", containerPath = path, readOnly = false }
      ]
    }
  }

  # ── PHP ────────────────────────────────────────────────────────────────────────────────────────
  php = {
    for name, workload in local.workloads : name => merge(local.common[name], {
      environment = [for key, value in local.environment[name] : { name = key, value = value }]
      secrets     = [for key, parameter in local.secrets : { name = key, valueFrom = parameter }]

      # A secret is read when a task starts, and a definition only names it. Without this, one that has been set
      # anew would change nothing, and no deploy would replace the tasks that hold the old value.
      dockerLabels = {
        for key in module.manifest.secrets : "secret.${key}" => "version ${lookup(var.secret_versions, key, 0)}"
      }

      healthCheck = lookup(local.php_health_checks, workload.kind, null)

      # A worker ends by itself when it has grown too large. Within its task it is back in a second; one
      # that ends in its first minute is broken, and left to the service and its circuit breaker.
      restartPolicy = workload.kind != "queue" ? null : { enabled = true, restartAttemptPeriod = 60 }
    })
  }

  # ── nginx: no secret, and the only container that listens ──────────────────────────────────────
  proxy = merge(local.common.proxy, {
    environment = [
      { name = "CONTAINER_MODE", value = "proxy" },
      { name = "WORKLOAD", value = "proxy" },
    ]

    portMappings = [{ containerPort = 8080, hostPort = 8080, protocol = "tcp" }]

    # ECS reverses this order when it stops a task: nginx drains while PHP still answers.
    dependsOn = [{ containerName = "web", condition = "HEALTHY" }]

    # The image has no curl; a connection is enough, the load balancer asks for the rest.
    healthCheck = merge(local.health_check, {
      command     = ["CMD", "php", "-n", "-r", "exit(@fsockopen('127.0.0.1', 8080, $code, $message, 3) ? 0 : 1);"]
      startPeriod = 10
    })
  })

  # One that fails for half a minute is replaced; one that starts is ready at its first success.
  health_check = { interval = 5, timeout = 5, retries = 6 }

  php_health_checks = {
    web = merge(local.health_check, {
      command     = ["CMD", "php", "-n", "/app/docker/healthcheck.php"]
      startPeriod = 60
    })

    # A worker says until when it will have made progress: the end of its job, or its next look at the
    # queue. It is unhealthy once it has broken its word, not because the database is briefly away.
    queue = {
      command     = ["CMD", "php", "-n", "/app/docker/healthcheck-queue.php"]
      interval    = 30
      timeout     = 5
      retries     = 3
      startPeriod = 60
    }
  }

  containers = {
    for name, container in local.php : name => [
      for definition in concat([container], [for proxy in [local.proxy] : proxy if name == "web"]) :
      { for key, value in definition : key => value if value != null }
    ]
  }
}

# ECS Exec writes into a container, which a read-only root file system refuses. These three mounts, one
# set for each container, are what it needs. It works, but AWS documents ECS Exec as not supported with
# a read-only root: for a look while debugging, never something to rely on.
locals {
  exec_volumes = !module.manifest.exec ? {} : {
    managed-agents = "/managed-agents"
    ssm-state      = "/var/lib/amazon/ssm"
    ssm-log        = "/var/log/amazon/ssm"
  }
}
