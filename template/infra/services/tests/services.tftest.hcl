# terraform test -var environment=production
#
# What must hold for every manifest; nothing is created, and no account is needed.

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

run "manifest" {
  command = plan

  module {
    source = "../manifest"
  }
}

variables {
  task_definitions = {} # a run fills it in for the manifest it reads
}

run "services" {
  command = plan

  variables {
    task_definitions = {
      for name in keys(run.manifest.workloads) : name => "arn:aws:ecs:us-east-1:123456789012:task-definition/shop-${name}:7"
    }
  }

  # ── Services ───────────────────────────────────────────────────────────────────────────────────
  assert {
    condition = output.services == {
      for name, workload in module.manifest.workloads : name => var.task_definitions[name] if workload.is_service
    }
    error_message = "Each service runs the task definition that was asked for."
  }

  assert {
    condition = (
      one(aws_ecs_service.web.load_balancer).container_name == "proxy" && one(aws_ecs_service.web.load_balancer).container_port == 8080
      && alltrue([for service in concat(values(aws_ecs_service.queue), aws_ecs_service.schedule) : length(service.load_balancer) == 0])
    )
    error_message = "The load balancer reaches web, through its proxy, and nothing else."
  }

  assert {
    condition = alltrue([
      for service in concat([aws_ecs_service.web], values(aws_ecs_service.queue), aws_ecs_service.schedule) :
      service.deployment_circuit_breaker[0].enable && service.deployment_circuit_breaker[0].rollback && !service.wait_for_steady_state
    ])
    error_message = "A roll-out that fails goes back by itself, and Terraform never takes that for success."
  }

  assert {
    condition = alltrue([
      for service in concat([aws_ecs_service.web], values(aws_ecs_service.queue)) :
      service.deployment_minimum_healthy_percent == 100 && service.deployment_maximum_percent == 200
    ])
    error_message = "A roll-out takes no capacity away."
  }

  assert {
    condition     = aws_ecs_service.web.alarms[0].alarm_names == toset(["${module.manifest.full_name}-web-errors"]) && aws_ecs_service.web.alarms[0].rollback
    error_message = "A release whose requests fail goes back by itself."
  }

  assert {
    condition = alltrue([
      for service in concat([aws_ecs_service.web], values(aws_ecs_service.queue), aws_ecs_service.schedule) :
      service.network_configuration[0].subnets == toset(local.subnets) && service.enable_execute_command == module.manifest.exec
    ])
    error_message = "Services run in the platform's subnets; ECS Exec is as the manifest says."
  }

  # ── Scaling ────────────────────────────────────────────────────────────────────────────────────
  assert {
    condition = alltrue([
      for name, target in aws_appautoscaling_target.service :
      target.resource_id == "service/${local.cluster}/${name}" && target.min_capacity == module.manifest.workloads[name].min && target.max_capacity == module.manifest.workloads[name].max
    ])
    error_message = "Services scale between the manifest's min and max."
  }

  assert {
    condition = {
      for name, policy in aws_appautoscaling_policy.backlog : name => policy.target_tracking_scaling_policy_configuration[0].target_value
    } == { for name, workload in module.manifest.workloads : name => workload.backlog_per_task if workload.kind == "queue" }
    error_message = "Every worker is scaled by its backlog, and by nothing else."
  }

  assert {
    condition = alltrue([
      for name, policy in aws_appautoscaling_policy.backlog : {
        for metric in policy.target_tracking_scaling_policy_configuration[0].customized_metric_specification[0].metrics :
        metric.id => [for stat in metric.metric_stat : { for dimension in stat.metric[0].dimensions : dimension.name => dimension.value }]
        } == {
        per_task = []
        backlog  = [{ ServiceName = name }]
        tasks    = [{ ClusterName = local.cluster, ServiceName = name }]
      }
    ])
    error_message = "A worker's backlog is divided by its own tasks."
  }

  # ── Schedule ───────────────────────────────────────────────────────────────────────────────────
  assert {
    condition = {
      rule      = length(aws_cloudwatch_event_target.schedule)
      scheduler = length(aws_scheduler_schedule.schedule)
      service   = length(aws_ecs_service.schedule)
    } == { for trigger in ["rule", "scheduler", "service"] : trigger => trigger == module.manifest.workloads.schedule.trigger ? 1 : 0 }
    error_message = "One thing starts the schedule: what the manifest says."
  }

  assert {
    condition     = output.schedule.task_definition == var.task_definitions["schedule"]
    error_message = "The schedule runs the release that everything else runs."
  }

  # ── Alarms ─────────────────────────────────────────────────────────────────────────────────────
  assert {
    condition = alltrue([
      for alarm in concat([aws_cloudwatch_metric_alarm.web_errors, aws_cloudwatch_metric_alarm.schedule_silent], values(aws_cloudwatch_metric_alarm.alarm)) :
      alarm.alarm_actions == toset([local.contract.alarm_topic_arn]) && startswith(alarm.alarm_name, "${module.manifest.full_name}-")
    ])
    error_message = "Each alarm tells the topic, under the environment's name."
  }

  # Whatever starts the schedule: what is counted is that it ran.
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.schedule_silent.evaluation_periods == 3
      && aws_cloudwatch_metric_alarm.schedule_silent.treat_missing_data == "breaching"
      && {
        for metric in flatten(aws_cloudwatch_metric_alarm.schedule_silent.metric_query[*].metric[*]) :
        metric.metric_name => [metric.namespace, metric.period, metric.dimensions["ServiceName"]]
      } == { Ticks = [module.manifest.full_name, 60, "schedule"] }
    )
    error_message = "Silence is noticed within three minutes."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.environment.dashboard_body).widgets : widget.x + widget.width <= 24])
    error_message = "A row of the dashboard is 24 wide."
  }
}

run "every_workload_needs_a_task_definition" {
  command = plan

  expect_failures = [var.task_definitions]
}
