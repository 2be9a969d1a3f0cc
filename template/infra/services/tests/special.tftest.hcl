# What only some manifests ask for: each way to start the schedule, Spot, a second queue, ECS Exec.

mock_provider "aws" {
  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "arn:aws:iam::123456789012:role/mock" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
}

variables {
  environment = "special"

  task_definitions = {
    web      = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-special-web:7"
    queue    = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-special-queue:7"
    mails    = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-special-mails:7"
    schedule = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-special-schedule:7"
    migrate  = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-special-migrate:7"
    artisan  = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop-special-artisan:7"
  }
}

run "a_rule_starts_the_schedule" {
  command = plan

  override_module {
    target = module.manifest

    outputs = {
      project    = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "", ci = "none" }
      name       = "special"
      full_name  = "shop-special"
      account_id = ""
      exec       = false
      platform   = { database = "aurora-mysql", valkey_instances = 2, valkey_standby = true }

      workloads = {
        web      = { name = "web", kind = "web", cpu = 256, memory = 512, min = 2, max = 6, trigger = null, capacity = null, is_service = true }
        queue    = { name = "queue", kind = "queue", cpu = 256, memory = 512, min = 1, max = 4, backlog_per_task = 100, trigger = null, capacity = null, is_service = true }
        schedule = { name = "schedule", kind = "schedule", cpu = 256, memory = 512, min = null, max = null, trigger = "rule", capacity = "on-demand", is_service = false }
        migrate  = { name = "migrate", kind = "migrate", cpu = 256, memory = 512, min = null, max = null, trigger = null, capacity = null, is_service = false }
        artisan  = { name = "artisan", kind = "artisan", cpu = 256, memory = 512, min = null, max = null, trigger = null, capacity = null, is_service = false }
      }
    }
  }

  assert {
    condition     = aws_cloudwatch_event_rule.schedule[0].schedule_expression == "cron(* * * * ? *)"
    error_message = "The rule fires each minute, at its beginning."
  }

  # What EventBridge does: it puts the event's time where <time> stands.
  assert {
    condition = jsondecode(replace(
      aws_cloudwatch_event_target.schedule[0].input_transformer[0].input_template, "<time>", "2026-01-02T03:04:00Z"
    )) == { containerOverrides = [{ name = "schedule", environment = [{ name = "SCHEDULE_TIME", value = "2026-01-02T03:04:00Z" }] }] }
    error_message = "The container is told the minute it stands for."
  }

  assert {
    condition     = aws_cloudwatch_event_target.schedule[0].input_transformer[0].input_paths == tomap({ time = "$.time" })
    error_message = "<time> is the event's time."
  }

  assert {
    condition = (
      aws_cloudwatch_event_target.schedule[0].arn == "arn:aws:ecs:eu-west-1:123456789012:cluster/${local.cluster}"
      && aws_cloudwatch_event_target.schedule[0].ecs_target[0].task_definition_arn == var.task_definitions["schedule"]
      && aws_cloudwatch_event_target.schedule[0].ecs_target[0].launch_type == "FARGATE"
    )
    error_message = "The rule starts this revision on Fargate."
  }

  assert {
    condition = (
      aws_cloudwatch_event_target.schedule[0].retry_policy[0].maximum_event_age_in_seconds == 60
      && aws_cloudwatch_event_target.schedule[0].dead_letter_config[0].arn == local.contract.dead_letter_queue_arn
    )
    error_message = "A tick is given up before the next but one, and not without a trace."
  }

  assert {
    condition     = local.valkey == [for node in ["-001", "-002", "-cache-001", "-cache-002"] : "${local.full_name}${node}"]
    error_message = "The dashboard shows every node of Valkey."
  }
}

run "a_rule_starts_the_schedule_on_spot" {
  command = plan

  override_module {
    target = module.manifest

    outputs = {
      project    = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "", ci = "none" }
      name       = "special"
      full_name  = "shop-special"
      account_id = ""
      exec       = false
      platform   = { database = "postgres", valkey_instances = 1, valkey_standby = false }

      workloads = {
        web      = { name = "web", kind = "web", cpu = 256, memory = 512, min = 2, max = 6, trigger = null, capacity = null, is_service = true }
        queue    = { name = "queue", kind = "queue", cpu = 256, memory = 512, min = 1, max = 4, backlog_per_task = 100, trigger = null, capacity = null, is_service = true }
        schedule = { name = "schedule", kind = "schedule", cpu = 256, memory = 512, min = null, max = null, trigger = "rule", capacity = "spot", is_service = false }
        migrate  = { name = "migrate", kind = "migrate", cpu = 256, memory = 512, min = null, max = null, trigger = null, capacity = null, is_service = false }
        artisan  = { name = "artisan", kind = "artisan", cpu = 256, memory = 512, min = null, max = null, trigger = null, capacity = null, is_service = false }
      }
    }
  }

  assert {
    condition = (
      aws_cloudwatch_event_target.schedule[0].ecs_target[0].launch_type == null
      && one(aws_cloudwatch_event_target.schedule[0].ecs_target[0].capacity_provider_strategy).capacity_provider == "FARGATE_SPOT"
    )
    error_message = "A task has a launch type or a capacity provider, never both."
  }
}

run "the_scheduler_starts_the_schedule" {
  command = plan

  override_module {
    target = module.manifest

    outputs = {
      project    = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "", ci = "none" }
      name       = "special"
      full_name  = "shop-special"
      account_id = ""
      exec       = false
      platform   = { database = "external", valkey_instances = 1, valkey_standby = false }

      workloads = {
        web      = { name = "web", kind = "web", cpu = 256, memory = 512, min = 2, max = 6, trigger = null, capacity = null, is_service = true }
        queue    = { name = "queue", kind = "queue", cpu = 256, memory = 512, min = 1, max = 4, backlog_per_task = 100, trigger = null, capacity = null, is_service = true }
        schedule = { name = "schedule", kind = "schedule", cpu = 256, memory = 512, min = null, max = null, trigger = "scheduler", capacity = "spot", is_service = false }
        migrate  = { name = "migrate", kind = "migrate", cpu = 256, memory = 512, min = null, max = null, trigger = null, capacity = null, is_service = false }
        artisan  = { name = "artisan", kind = "artisan", cpu = 256, memory = 512, min = null, max = null, trigger = null, capacity = null, is_service = false }
      }
    }
  }

  assert {
    condition = (
      aws_scheduler_schedule.schedule[0].schedule_expression == "cron(* * * * ? *)"
      && aws_scheduler_schedule.schedule[0].flexible_time_window[0].mode == "OFF"
    )
    error_message = "It fires each minute, at its beginning."
  }

  assert {
    condition = jsondecode(replace(
      aws_scheduler_schedule.schedule[0].target[0].input, "<aws.scheduler.scheduled-time>", "2026-01-02T03:04:00Z"
    )) == { containerOverrides = [{ name = "schedule", environment = [{ name = "SCHEDULE_TIME", value = "2026-01-02T03:04:00Z" }] }] }
    error_message = "The container is told the minute it stands for."
  }

  assert {
    condition = (
      aws_scheduler_schedule.schedule[0].target[0].ecs_parameters[0].launch_type == null
      && one(aws_scheduler_schedule.schedule[0].target[0].ecs_parameters[0].capacity_provider_strategy).capacity_provider == "FARGATE_SPOT"
    )
    error_message = "A task has a launch type or a capacity provider, never both."
  }
}

run "a_service_runs_the_schedule" {
  command = plan

  override_module {
    target = module.manifest

    outputs = {
      project    = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "", ci = "none" }
      name       = "special"
      full_name  = "shop-special"
      account_id = ""
      exec       = true
      platform   = { database = "postgres", valkey_instances = 1, valkey_standby = false }

      workloads = {
        web      = { name = "web", kind = "web", cpu = 256, memory = 512, min = 2, max = 6, trigger = null, capacity = null, is_service = true }
        queue    = { name = "queue", kind = "queue", cpu = 256, memory = 512, min = 0, max = 4, backlog_per_task = 100, trigger = null, capacity = null, is_service = true }
        mails    = { name = "mails", kind = "queue", cpu = 256, memory = 512, min = 2, max = 2, backlog_per_task = 5, trigger = null, capacity = null, is_service = true }
        schedule = { name = "schedule", kind = "schedule", cpu = 256, memory = 512, min = null, max = null, trigger = "service", capacity = "spot", is_service = true }
        migrate  = { name = "migrate", kind = "migrate", cpu = 256, memory = 512, min = null, max = null, trigger = null, capacity = null, is_service = false }
        artisan  = { name = "artisan", kind = "artisan", cpu = 256, memory = 512, min = null, max = null, trigger = null, capacity = null, is_service = false }
      }
    }
  }

  assert {
    condition = (
      aws_ecs_service.schedule[0].deployment_minimum_healthy_percent == 0
      && aws_ecs_service.schedule[0].deployment_maximum_percent == 100
      && aws_ecs_service.schedule[0].desired_count == 1
    )
    error_message = "The schedule never runs twice, not even during a roll-out."
  }

  assert {
    condition     = one(aws_ecs_service.schedule[0].capacity_provider_strategy).capacity_provider == "FARGATE_SPOT"
    error_message = "Spot, as the manifest says."
  }

  assert {
    condition     = toset(keys(aws_ecs_service.queue)) == toset(["queue", "mails"]) && keys(aws_appautoscaling_target.service) == ["mails", "queue", "web"]
    error_message = "A second queue has a service of its own, which scales by itself; the schedule does not scale."
  }

  # ── A worker that sleeps ───────────────────────────────────────────────────────────────────────
  assert {
    condition     = aws_appautoscaling_target.service["queue"].min_capacity == 0 && aws_ecs_service.queue["queue"].desired_count == 0
    error_message = "With min: 0 no task runs while there is nothing to do."
  }

  assert {
    condition     = keys(aws_appautoscaling_policy.wake) == ["queue"] && keys(aws_cloudwatch_metric_alarm.wake) == ["queue"]
    error_message = "What starts the first task is there for workers that may have none, and for no other."
  }

  assert {
    condition = (
      aws_appautoscaling_policy.wake["queue"].step_scaling_policy_configuration[0].adjustment_type == "ExactCapacity"
      && one(aws_appautoscaling_policy.wake["queue"].step_scaling_policy_configuration[0].step_adjustment).scaling_adjustment == 1
    )
    error_message = "It starts exactly one."
  }

  assert {
    condition     = toset(flatten([for query in aws_cloudwatch_metric_alarm.wake["queue"].metric_query : query.metric[*].metric_name])) == toset(["Backlog", "RunningTaskCount"])
    error_message = "It goes by the backlog and the running tasks."
  }

  assert {
    condition     = [for name in keys(aws_cloudwatch_metric_alarm.alarm) : name if startswith(name, "too-few-")] == ["too-few-mails", "too-few-schedule", "too-few-web"]
    error_message = "No task is not too few where none has to run."
  }

  assert {
    condition     = { for name, policy in aws_appautoscaling_policy.backlog : name => policy.target_tracking_scaling_policy_configuration[0].target_value } == { mails = 5, queue = 100 }
    error_message = "Each worker has a backlog of its own to keep up with."
  }

  assert {
    condition     = aws_ecs_service.web.enable_execute_command && aws_ecs_service.queue["mails"].enable_execute_command && aws_ecs_service.schedule[0].enable_execute_command
    error_message = "ECS Exec reaches every service."
  }
}
