# One page, from the visitor down to the data. A row holds three graphs, a graph its metrics, written as
# CloudWatch wants them: namespace, metric, dimensions, how it looks.

locals {
  targets  = ["TargetGroup", local.contract.target_group_label, "LoadBalancer", local.contract.load_balancer_label]
  database = startswith(module.manifest.platform.database, "aurora") ? "DBClusterIdentifier" : "DBInstanceIdentifier"

  # Node by node, because any of them may become the primary one.
  valkey = flatten([
    for group in module.manifest.platform.valkey_instances == 2 ? ["", "-cache"] : [""] : [
      for node in module.manifest.platform.valkey_standby ? ["-001", "-002"] : ["-001"] : "${local.full_name}${group}${node}"
    ]
  ])

  dashboard = concat(
    # ── Visitors ─────────────────────────────────────────────────────────────────────────────────
    [[
      { title = "Requests each minute", stat = "Sum", metrics = [
        concat(["AWS/ApplicationELB", "RequestCount"], local.targets, [{ label = "requests" }]),
        concat(["AWS/ApplicationELB", "HTTPCode_Target_4XX_Count"], local.targets, [{ label = "4xx" }]),
        concat(["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"], local.targets, [{ label = "5xx" }]),
        ["AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", "LoadBalancer", local.contract.load_balancer_label, { label = "5xx of the load balancer" }],
      ] },
      { title = "Seconds to an answer", stat = "p95", metrics = [
        for stat in ["p50", "p95", "p99"] :
        concat(["AWS/ApplicationELB", "TargetResponseTime"], local.targets, [{ label = stat, stat = stat }])
      ] },
      { title = "Web tasks behind the load balancer", stat = "Maximum", metrics = [
        concat(["AWS/ApplicationELB", "HealthyHostCount"], local.targets, [{ label = "healthy" }]),
        concat(["AWS/ApplicationELB", "UnHealthyHostCount"], local.targets, [{ label = "unhealthy" }]),
      ] },
    ]],

    # ── Services ─────────────────────────────────────────────────────────────────────────────────
    [[
      for graph in [
        { title = "Running tasks", stat = "Average", metric = ["ECS/ContainerInsights", "RunningTaskCount"] },
        { title = "CPU, %", stat = "Average", metric = ["AWS/ECS", "CPUUtilization"] },
        { title = "Memory, %", stat = "Maximum", metric = ["AWS/ECS", "MemoryUtilization"] },
        ] : {
        title = graph.title, stat = graph.stat, metrics = [
          for name in keys(local.services) :
          concat(graph.metric, ["ClusterName", local.cluster, "ServiceName", name, { label = name }])
        ]
      }
    ]],

    # ── Schedule and queues ──────────────────────────────────────────────────────────────────────
    [[
      { title = "Schedule: ticks each minute", stat = "Sum", metrics = concat(
        [
          [local.full_name, "Ticks", "ServiceName", "schedule", { label = "ticks" }],
          [local.full_name, "MissedMinutes", "ServiceName", "schedule", { label = "minutes lost before" }],
        ],
        [for rule in aws_cloudwatch_event_rule.schedule : ["AWS/Events", "FailedInvocations", "RuleName", rule.name, { label = "not started" }]],
      ) },
      { title = "Schedule: seconds from the minute to its tick", stat = "Maximum", metrics = [
        [local.full_name, "Delay", "ServiceName", "schedule", { label = "delay" }],
      ] },
      { title = "Backlog: jobs that wait or run", stat = "Maximum", metrics = [
        for name in keys(local.queues) : [local.full_name, "Backlog", "ServiceName", name, { label = name }]
      ] },
    ]],

    # ── Data ─────────────────────────────────────────────────────────────────────────────────────
    [concat(
      [
        { title = "Valkey: memory and CPU, %", stat = "Maximum", metrics = [
          for pair in setproduct(local.valkey, ["DatabaseMemoryUsagePercentage", "EngineCPUUtilization"]) :
          ["AWS/ElastiCache", pair[1], "CacheClusterId", pair[0], { label = "${pair[0]} ${pair[1]}" }]
        ] },
      ],
      [
        for database in [module.manifest.platform.database] :
        { title = "Database: CPU, % and connections", stat = "Average", metrics = [
          ["AWS/RDS", "CPUUtilization", local.database, local.full_name, { label = "CPU" }],
          ["AWS/RDS", "DatabaseConnections", local.database, local.full_name, { label = "connections", yAxis = "right" }],
        ] }
        if database != "external"
      ],
    )],
  )

  log_groups = [for name in keys(module.manifest.workloads) : "SOURCE '/ecs/${local.full_name}-${name}'"]
}

resource "aws_cloudwatch_dashboard" "environment" {
  dashboard_name = local.full_name

  dashboard_body = jsonencode({
    widgets = concat(
      flatten([
        for y, row in local.dashboard : [
          for x, graph in row : {
            type   = "metric"
            x      = 8 * x
            y      = 6 * y
            width  = 8
            height = 6
            properties = {
              title   = graph.title
              region  = module.manifest.project.region
              view    = "timeSeries"
              stat    = graph.stat
              period  = 60
              metrics = graph.metrics
            }
          }
        ]
      ]),
      [{
        type   = "log"
        x      = 0
        y      = 6 * length(local.dashboard)
        width  = 24
        height = 9
        properties = {
          title  = "Errors in the logs"
          region = module.manifest.project.region
          view   = "table"
          query = join(" | ", concat(local.log_groups, [
            "fields @timestamp, workload, message",
            "filter level in ['error', 'critical', 'alert', 'emergency']",
            "sort @timestamp desc",
            "limit 50",
          ]))
        }
      }],
    )
  })
}
