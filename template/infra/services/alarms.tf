# What somebody should know of. Each alarm tells the topic when it goes off and when it is over;
# docs/ecs/runbook.md says what to do.

locals {
  load_balancer = { LoadBalancer = local.contract.load_balancer_label }
  target_group  = { LoadBalancer = local.contract.load_balancer_label, TargetGroup = local.contract.target_group_label }
  service       = { for name in keys(local.services) : name => { ClusterName = local.cluster, ServiceName = name } }
  ticks         = { ServiceName = "schedule" }
  dead_letters  = { QueueName = element(split(":", local.contract.dead_letter_queue_arn), -1) }

  # Missing data counts as bad where silence is what the alarm is about.
  alarms = merge(
    # ── Web ──────────────────────────────────────────────────────────────────────────────────────
    {
      web-none-healthy = {
        text   = "No web task is healthy: the site is down."
        metric = ["AWS/ApplicationELB", "HealthyHostCount", "Maximum"], of = local.target_group
        when   = ["<", 1], minutes = 2, missing = "breaching"
      }
      web-unhealthy = {
        text   = "A web task stays unhealthy."
        metric = ["AWS/ApplicationELB", "UnHealthyHostCount", "Maximum"], of = local.target_group
        when   = [">", 0], minutes = 10, missing = "notBreaching"
      }
      web-slow = {
        text   = "One request in twenty takes longer than two seconds."
        metric = ["AWS/ApplicationELB", "TargetResponseTime", "p95"], of = local.target_group
        when   = [">", 2], minutes = 5, missing = "notBreaching"
      }
      web-cpu = {
        text   = "Web is short of CPU, and scaling does not help: it may be at its max."
        metric = ["AWS/ECS", "CPUUtilization", "Average"], of = local.service.web
        when   = [">", 90], minutes = 10, missing = "notBreaching"
      }
      load-balancer-errors = {
        text   = "The load balancer itself answers with errors: it finds no task, or tasks break off."
        metric = ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "Sum"], of = local.load_balancer
        when   = [">", 10], minutes = 2, missing = "notBreaching"
      }
    },

    # ── Every service ────────────────────────────────────────────────────────────────────────────
    {
      for name in keys(local.services) : "memory-${name}" => {
        text   = "${name} is about to run out of memory, which ends a task at once."
        metric = ["AWS/ECS", "MemoryUtilization", "Maximum"], of = local.service[name]
        when   = [">", 90], minutes = 10, missing = "notBreaching"
      }
    },
    {
      for name, workload in local.services : "too-few-${name}" => {
        text   = "Fewer tasks of ${name} run than its min: they do not start, or do not stay."
        metric = ["ECS/ContainerInsights", "RunningTaskCount", "Minimum"], of = local.service[name]
        when   = ["<", coalesce(workload.min, 1)], minutes = 10, missing = "missing"
      }
      if workload.min != 0
    },

    # ── The schedule ─────────────────────────────────────────────────────────────────────────────
    {
      # One lost minute is nothing: the next tick catches up on it. Losing them again and again is.
      schedule-gaps = {
        text   = "The schedule loses minutes: in five of the last thirty it had to catch up."
        metric = [local.full_name, "MissedMinutes", "Maximum"], of = local.ticks
        when   = [">", 0], minutes = 30, points = 5, missing = "notBreaching"
      }
    },
    {
      for rule in aws_cloudwatch_event_rule.schedule : "schedule-not-started" => {
        text   = "EventBridge could not start the schedule's task."
        metric = ["AWS/Events", "FailedInvocations", "Sum"], of = { RuleName = rule.name }
        when   = [">", 0], minutes = 1, missing = "notBreaching"
      }
    },
    {
      for name in ["schedule-given-up"] : name => {
        text   = "Runs of the schedule were given up; the dead-letter queue holds them, with the reason."
        metric = ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum"], of = local.dead_letters
        when   = [">", 0], minutes = 1, missing = "notBreaching"
      }
      if !local.schedule.is_service
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each = local.alarms

  alarm_name        = "${local.full_name}-${each.key}"
  alarm_description = each.value.text
  alarm_actions     = [local.contract.alarm_topic_arn]
  ok_actions        = [local.contract.alarm_topic_arn]

  namespace          = each.value.metric[0]
  metric_name        = each.value.metric[1]
  statistic          = startswith(each.value.metric[2], "p") ? null : each.value.metric[2]
  extended_statistic = startswith(each.value.metric[2], "p") ? each.value.metric[2] : null
  dimensions         = each.value.of

  comparison_operator = { "<" = "LessThanThreshold", ">" = "GreaterThanThreshold" }[each.value.when[0]]
  threshold           = each.value.when[1]
  period              = 60
  evaluation_periods  = each.value.minutes
  datapoints_to_alarm = try(each.value.points, null) # without it: all of them
  treat_missing_data  = each.value.missing

  # A handful of requests at night has no twentieth one.
  evaluate_low_sample_count_percentiles = startswith(each.value.metric[2], "p") ? "ignore" : null
}

# The heartbeat: each run says that it ran, even when nothing was due. Whoever starts it and whatever went
# wrong, with no tick for three minutes this goes off; AWS's own counters stay at zero for much of it.
# FILL makes a number of silence: CloudWatch looks further back than three minutes where values are missing,
# and would call an old tick a recent one.
resource "aws_cloudwatch_metric_alarm" "schedule_silent" {
  alarm_name        = "${local.full_name}-schedule-silent"
  alarm_description = "The schedule has not run for three minutes."
  alarm_actions     = [local.contract.alarm_topic_arn]
  ok_actions        = [local.contract.alarm_topic_arn]

  comparison_operator = "LessThanThreshold"
  threshold           = 1
  evaluation_periods  = 3
  treat_missing_data  = "breaching" # where there never was a tick, FILL has nothing to fill

  metric_query {
    id          = "heartbeat"
    label       = "ticks each minute"
    expression  = "FILL(ticks, 0)"
    return_data = true
  }

  metric_query {
    id = "ticks"

    metric {
      namespace   = local.full_name
      metric_name = "Ticks"
      dimensions  = local.ticks
      stat        = "Sum"
      period      = 60
    }
  }
}

moved {
  from = aws_cloudwatch_metric_alarm.alarm["schedule-silent"]
  to   = aws_cloudwatch_metric_alarm.schedule_silent
}

# Also rolls a release back (service_web.tf), so it looks at a share: one failing request at night is none.
resource "aws_cloudwatch_metric_alarm" "web_errors" {
  alarm_name        = "${local.full_name}-web-errors"
  alarm_description = "More than 5 % of requests end with an error of the application (5xx)."
  alarm_actions     = [local.contract.alarm_topic_arn]
  ok_actions        = [local.contract.alarm_topic_arn]

  comparison_operator = "GreaterThanThreshold"
  threshold           = 5
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "share"
    label       = "5xx, percent"
    expression  = "IF(requests >= 20, 100 * FILL(errors, 0) / requests, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { errors = "HTTPCode_Target_5XX_Count", requests = "RequestCount" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        dimensions  = local.target_group
        stat        = "Sum"
        period      = 60
      }
    }
  }
}
