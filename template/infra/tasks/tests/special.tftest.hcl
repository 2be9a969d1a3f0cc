# What only some manifests ask for: x86-64, a second queue, a schedule that always runs, ECS Exec, a setting and
# a secret in the place of what the platform says.

mock_provider "aws" {
  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "arn:aws:iam::123456789012:role/mock" }
  }
}

override_module {
  target = module.manifest

  outputs = {
    project            = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "x86_64", repository = "", ci = "none" }
    name               = "special"
    full_name          = "shop-special"
    account_id         = ""
    log_retention_days = 7
    exec               = true
    platform           = { database = "external" }
    environment        = { DB_PORT = "6432", WORKLOAD = "mine" }
    secrets            = ["APP_KEY", "DB_USERNAME"]

    workloads = {
      web      = { name = "web", kind = "web", cpu = 256, memory = 512, timeout = null, queues = [], tries = null, sleep = null, trigger = null, stop_timeout = 60, is_service = true }
      queue    = { name = "queue", kind = "queue", cpu = 256, memory = 512, timeout = 90, queues = ["default"], tries = 3, sleep = 3, trigger = null, stop_timeout = 100, is_service = true }
      mails    = { name = "mails", kind = "queue", cpu = 512, memory = 4096, timeout = 20, queues = ["urgent", "mails"], tries = 5, sleep = 1, trigger = null, stop_timeout = 30, is_service = true }
      reports  = { name = "reports", kind = "queue", cpu = 256, memory = 512, timeout = 600, queues = ["reports"], tries = 1, sleep = 3, trigger = null, stop_timeout = 120, is_service = true }
      schedule = { name = "schedule", kind = "schedule", cpu = 256, memory = 512, timeout = null, queues = [], tries = null, sleep = null, trigger = "service", stop_timeout = 120, is_service = true }
      migrate  = { name = "migrate", kind = "migrate", cpu = 256, memory = 512, timeout = null, queues = [], tries = null, sleep = null, trigger = null, stop_timeout = 120, is_service = false }
    }
  }
}

variables {
  environment     = "special"
  secret_versions = { APP_KEY = 3, UNNAMED = 2 }
  image           = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:0000000000000000000000000000000000000000000000000000000000000000"
}

run "special_manifest" {
  command = plan

  assert {
    condition     = alltrue([for definition in aws_ecs_task_definition.workload : definition.runtime_platform[0].cpu_architecture == "X86_64"])
    error_message = "Tasks run on the architecture that the image is built for."
  }

  assert {
    condition = length(setsubtract(
      ["CONTAINER_MODE=queue", "WORKLOAD=mails", "QUEUES=urgent,mails", "QUEUE_TIMEOUT=20", "QUEUE_TRIES=5", "QUEUE_SLEEP=1"],
      [for variable in jsondecode(aws_ecs_task_definition.workload["mails"].container_definitions)[0].environment : "${variable.name}=${variable.value}"],
    )) == 0
    error_message = "A worker is told its own queues and times."
  }

  assert {
    condition = {
      for name, definition in aws_ecs_task_definition.workload : name => [
        for variable in jsondecode(definition.container_definitions)[0].environment : variable.value if variable.name == "STOP_TIMEOUT"
      ]
    } == { web = [], queue = ["100"], mails = ["30"], reports = ["120"], schedule = [], migrate = [] }
    error_message = "A worker is told how long a stop waits for it: it has longer jobs protected."
  }

  assert {
    condition = [
      for variable in jsondecode(aws_ecs_task_definition.workload["schedule"].container_definitions)[0].environment :
      jsondecode(variable.value) if variable.name == "BACKLOG_QUEUES"
    ] == [{ queue = ["default"], mails = ["urgent", "mails"], reports = ["reports"] }]
    error_message = "The schedule measures the queues of every worker."
  }

  assert {
    condition = [
      for name, definition in aws_ecs_task_definition.workload : name
      if contains(jsondecode(definition.container_definitions)[0].environment[*].name, "BACKLOG_QUEUES")
    ] == ["schedule"]
    error_message = "Nobody else measures them."
  }

  assert {
    condition = contains(
      jsondecode(aws_ecs_task_definition.workload["web"].container_definitions)[0].environment,
      { name = "QUEUE_TIMEOUT", value = "600" },
    )
    error_message = "Who is no worker goes by the longest timeout."
  }

  assert {
    condition = contains(
      jsondecode(aws_ecs_task_definition.workload["web"].container_definitions)[0].environment,
      { name = "DB_TLS", value = "false" },
    )
    error_message = "How to speak to a database of one's own is not for this layer to say."
  }

  assert {
    condition     = aws_cloudwatch_log_group.workload["mails"].name == "/ecs/shop-special-mails" && aws_ecs_task_definition.workload["mails"].family == "shop-special-mails"
    error_message = "It has a log group and a family of its own."
  }

  assert {
    condition = contains(
      jsondecode(aws_ecs_task_definition.workload["schedule"].container_definitions)[0].environment,
      { name = "CONTAINER_MODE", value = "schedule-loop" },
    )
    error_message = "As a service the schedule loops."
  }

  assert {
    condition = contains(
      jsondecode(aws_ecs_task_definition.workload["queue"].container_definitions)[0].environment,
      { name = "DB_PORT", value = "6432" },
    )
    error_message = "A setting of the manifest replaces the platform's."
  }

  assert {
    condition     = !contains(jsondecode(aws_ecs_task_definition.workload["queue"].container_definitions)[0].environment[*].name, "DB_USERNAME")
    error_message = "A secret replaces the platform's setting."
  }

  assert {
    condition = contains(
      jsondecode(aws_ecs_task_definition.workload["queue"].container_definitions)[0].environment,
      { name = "WORKLOAD", value = "queue" },
    )
    error_message = "What a container is, nothing replaces."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.workload["queue"].container_definitions)[0].secrets[0].valueFrom == "/shop/special/secrets/APP_KEY"
    error_message = "A secret comes from the environment's own place in SSM."
  }

  assert {
    condition = alltrue([
      for definition in aws_ecs_task_definition.workload :
      jsondecode(definition.container_definitions)[0].dockerLabels == { "secret.APP_KEY" = "version 3", "secret.DB_USERNAME" = "version 0" }
    ])
    error_message = "A secret that was set anew makes another task definition; one that the manifest does not name makes none."
  }

  assert {
    condition = alltrue([
      for container in flatten([for definition in aws_ecs_task_definition.workload : jsondecode(definition.container_definitions)]) :
      toset(container.mountPoints[*].containerPath) == toset(["/managed-agents", "/var/lib/amazon/ssm", "/var/log/amazon/ssm"])
    ])
    error_message = "Every container has the three mounts of ECS Exec."
  }

  assert {
    condition     = length(distinct(flatten([for container in jsondecode(aws_ecs_task_definition.workload["web"].container_definitions) : container.mountPoints[*].sourceVolume]))) == 6
    error_message = "No container shares a mount with another one."
  }
}
