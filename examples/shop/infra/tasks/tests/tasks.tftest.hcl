# terraform test -var environment=production
#
# What must hold for every manifest; nothing is created, and no account is needed.

mock_provider "aws" {
  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "arn:aws:iam::123456789012:role/mock" }
  }
}

variables {
  image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop@sha256:0000000000000000000000000000000000000000000000000000000000000000"
}

run "task_definitions" {
  command = plan

  assert {
    condition     = toset(keys(aws_ecs_task_definition.workload)) == toset(keys(module.manifest.workloads))
    error_message = "Each workload has a task definition."
  }

  assert {
    condition = alltrue([
      for definition in aws_ecs_task_definition.workload :
      definition.requires_compatibilities == toset(["FARGATE"]) && definition.network_mode == "awsvpc" && definition.skip_destroy
    ])
    error_message = "A task definition is for Fargate, and its old revisions stay."
  }

  assert {
    condition = alltrue([
      for name, definition in aws_ecs_task_definition.workload :
      tonumber(definition.cpu) == module.manifest.workloads[name].cpu && tonumber(definition.memory) == module.manifest.workloads[name].memory
    ])
    error_message = "A task is as large as the manifest says."
  }

  assert {
    condition = alltrue([
      for definition in aws_ecs_task_definition.workload :
      lower(definition.runtime_platform[0].cpu_architecture) == module.manifest.project.architecture
    ])
    error_message = "Tasks run on the architecture that the image is built for."
  }
}

run "containers" {
  command = plan

  assert {
    condition = alltrue([
      for container in flatten([for definition in aws_ecs_task_definition.workload : jsondecode(definition.container_definitions)]) :
      container.image == var.image && container.readonlyRootFilesystem
      && container.linuxParameters.initProcessEnabled && container.linuxParameters.capabilities.drop == ["ALL"]
    ])
    error_message = "Every container runs this image, read-only and without capabilities."
  }

  assert {
    condition = alltrue([
      for container in flatten([for definition in aws_ecs_task_definition.workload : jsondecode(definition.container_definitions)]) :
      container.linuxParameters.tmpfs[0].containerPath == "/tmp" && container.linuxParameters.tmpfs[0].size <= container.memory / 2
    ])
    error_message = "/tmp lies in memory, and leaves at least half of it to the processes."
  }

  assert {
    condition = alltrue([
      for name, definition in aws_ecs_task_definition.workload :
      sum(jsondecode(definition.container_definitions)[*].cpu) == tonumber(definition.cpu)
      && sum(jsondecode(definition.container_definitions)[*].memory) == tonumber(definition.memory)
    ])
    error_message = "The containers of a task share out the whole of it."
  }

  assert {
    condition = alltrue(flatten([
      for name, definition in aws_ecs_task_definition.workload : [
        for container in jsondecode(definition.container_definitions) :
        container.logConfiguration.options.awslogs-group == aws_cloudwatch_log_group.workload[name].name
        && container.logConfiguration.options.mode == (module.manifest.workloads[name].is_service ? "non-blocking" : "blocking")
      ]
    ]))
    error_message = "Each workload logs to its own group; a service never waits for CloudWatch, a task that ends does."
  }

  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.workload : group.retention_in_days == module.manifest.log_retention_days])
    error_message = "Logs are kept as long as the manifest says."
  }

  assert {
    condition = alltrue([
      for name, workload in module.manifest.workloads :
      jsondecode(aws_ecs_task_definition.workload[name].container_definitions)[0].stopTimeout == min(workload.timeout + 10, 120)
      if workload.kind == "queue"
    ])
    error_message = "A stop waits for the longest job, or as long as Fargate lets it."
  }

  assert {
    condition = alltrue([
      for definition in aws_ecs_task_definition.workload : length(setsubtract(
        ["METRICS_NAMESPACE=${module.manifest.full_name}", "RELEASE=${var.image}"],
        [for variable in jsondecode(definition.container_definitions)[0].environment : "${variable.name}=${variable.value}"],
      )) == 0
    ])
    error_message = "Every PHP mode knows its release, and where its numbers go."
  }

  assert {
    condition = alltrue([
      for name, workload in module.manifest.workloads :
      contains(keys(jsondecode(aws_ecs_task_definition.workload[name].container_definitions)[0]), "healthCheck") == contains(["web", "queue"], workload.kind)
    ])
    error_message = "What runs on is asked whether it still works; a task that ends is not."
  }

  assert {
    condition = alltrue([
      for definition in aws_ecs_task_definition.workload :
      toset(jsondecode(definition.container_definitions)[0].secrets[*].name) == toset(module.manifest.secrets)
    ])
    error_message = "Every PHP mode gets every secret."
  }

  assert {
    condition = alltrue([
      for definition in aws_ecs_task_definition.workload : length(setsubtract(
        [for key, value in module.manifest.environment : "${key}=${value}"],
        [for variable in jsondecode(definition.container_definitions)[0].environment : "${variable.name}=${variable.value}"],
      )) == 0
    ])
    error_message = "Every PHP mode gets every setting of the manifest."
  }

  assert {
    condition = alltrue([
      for definition in aws_ecs_task_definition.workload : length(setintersection(
        jsondecode(definition.container_definitions)[0].environment[*].name,
        jsondecode(definition.container_definitions)[0].secrets[*].name,
      )) == 0
    ])
    error_message = "ECS refuses a name that is a setting and a secret."
  }
}

run "web" {
  command = plan

  assert {
    condition     = jsondecode(aws_ecs_task_definition.workload["web"].container_definitions)[*].name == ["web", "proxy"]
    error_message = "The web task has two containers."
  }

  assert {
    condition     = jsondecode(aws_ecs_task_definition.workload["web"].container_definitions)[1].dependsOn == [{ containerName = "web", condition = "HEALTHY" }]
    error_message = "The proxy starts after PHP, and so stops before it."
  }

  assert {
    condition     = toset(keys(jsondecode(aws_ecs_task_definition.workload["web"].container_definitions)[1])) == setsubtract(setunion(keys(jsondecode(aws_ecs_task_definition.workload["web"].container_definitions)[0]), ["dependsOn", "portMappings"]), ["dockerLabels", "secrets"])
    error_message = "The proxy gets no secret, and it alone listens."
  }

  assert {
    condition = contains(
      jsondecode(aws_ecs_task_definition.workload["web"].container_definitions)[0].environment,
      { name = "WORKLOAD_MEMORY", value = tostring(jsondecode(aws_ecs_task_definition.workload["web"].container_definitions)[0].memory) },
    )
    error_message = "PHP-FPM sizes itself for its own share of the task."
  }
}

run "an_image_is_named_by_its_digest" {
  command = plan

  variables {
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:latest"
  }

  expect_failures = [var.image]
}
