# Where every alarm of the environment goes, and the alarms of what this layer makes. docs/ecs/runbook.md says
# what each of them means.

# Not encrypted with a key: CloudWatch cannot use AWS's own one for SNS, and a key of one's own costs money to
# protect the name of an alarm and a number.
resource "aws_sns_topic" "alarms" {
  name = "${local.full_name}-alarms"
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "FromAlarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.${local.dns_suffix}"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["${local.arn}:cloudwatch:${local.here}:alarm:${local.full_name}-*"]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "email" {
  count = module.manifest.alarm_email == "" ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = module.manifest.alarm_email # gets nothing before it has confirmed the first mail
}

# ── What is measured ─────────────────────────────────────────────────────────────────────────────
locals {
  alarms = merge(local.rds_alarms, local.aurora_alarms, local.valkey_alarms)

  MiB = 1024 * 1024
  GiB = 1024 * local.MiB
}

# RDS limits connections by the memory of the class, of which it keeps some to itself: `max_connections` of its
# default parameter groups.
locals {
  class        = split(".", coalesce(local.platform.database_class, "db.t4g.micro"))
  class_sizes  = { micro = 1, small = 2, medium = 4, large = 8, xlarge = 16 }
  class_factor = can(regex("^[rx]", local.class[1])) ? 2 : 1 # classes for memory have twice as much
  class_memory = local.class_factor * try(local.class_sizes[local.class[2]], 16 * tonumber(trimsuffix(local.class[2], "xlarge")), 1)

  bytes_per_connection = { mysql = 12582880, postgres = 9531392 }
  max_connections      = min(5000, floor(local.class_memory * local.GiB / lookup(local.bytes_per_connection, local.platform.database, local.GiB)))

  rds = { DBInstanceIdentifier = local.full_name }

  rds_alarms = {
    for name, alarm in {
      database-cpu = {
        text   = "The database is busy: look for slow queries in CloudWatch Database Insights, or take a larger class."
        metric = ["AWS/RDS", "CPUUtilization"], of = local.rds
        when   = [">", 80], minutes = 15
      }
      database-memory = {
        text   = "The database is short of memory and will swap: take a larger class."
        metric = ["AWS/RDS", "FreeableMemory"], of = local.rds
        when   = ["<", 64 * local.MiB], minutes = 15
      }
      database-storage = {
        text   = "The database's disk is nearly full and has grown as far as it may: raise database_storage."
        metric = ["AWS/RDS", "FreeStorageSpace"], of = local.rds
        when   = ["<", 1 * local.GiB], minutes = 15
      }
      database-connections = {
        text   = "Most of the connections that the database's class allows are in use: fewer tasks, or a larger class."
        metric = ["AWS/RDS", "DatabaseConnections"], of = local.rds
        when   = [">", floor(0.6 * local.max_connections)], minutes = 5
      }
    } : name => alarm if local.make_rds
  }
}

# Aurora grows instead: its memory, connections and disk with its capacity.
locals {
  aurora = { DBClusterIdentifier = local.full_name }

  aurora_alarms = {
    for name, alarm in {
      database-cpu = {
        text   = "The database is busy: look for slow queries in CloudWatch Database Insights."
        metric = ["AWS/RDS", "CPUUtilization"], of = local.aurora
        when   = [">", 90], minutes = 15
      }
      database-capacity = {
        text   = "The database has grown nearly as far as it may: raise database_max_acu."
        metric = ["AWS/RDS", "ACUUtilization"], of = local.aurora
        when   = [">", 90], minutes = 15
      }
    } : name => alarm if local.make_aurora
  }
}

# Valkey node by node: any of them may become the primary one.
locals {
  valkey_nodes = merge([
    for name, group in local.valkey : {
      for number in range(1, local.valkey_nodes_per_group + 1) :
      "${name == "cache" ? "valkey-cache" : "valkey"}-${number}" => {
        of         = { CacheClusterId = format("%s-%03d", group.id, number) }
        may_forget = name == "cache"
      }
    }
  ]...)

  valkey_alarms = merge(
    {
      for name, node in local.valkey_nodes : "${name}-cpu" => {
        text   = "Valkey is busy: look for slow commands, or take a larger class."
        metric = ["AWS/ElastiCache", "EngineCPUUtilization"], of = node.of # its one thread: of two processors it is half
        when   = [">", 80], minutes = 15
      }
    },
    {
      for name, node in local.valkey_nodes : "${name}-memory" => {
        text   = "Valkey's memory is nearly full; then it refuses jobs and sessions, or forgets them: take a larger class."
        metric = ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage"], of = node.of
        when   = [">", 80], minutes = 5
      }
      if !node.may_forget
    },
    {
      for name, node in local.valkey_nodes : "${name}-evictions" => {
        text   = "Valkey's memory is full and it forgets sessions and locks before their time: take a larger class."
        metric = ["AWS/ElastiCache", "Evictions"], of = node.of
        when   = [">", 0], minutes = 1
      }
      if !node.may_forget
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each = local.alarms

  alarm_name        = "${local.full_name}-${each.key}"
  alarm_description = each.value.text
  alarm_actions     = [aws_sns_topic.alarms.arn]
  ok_actions        = [aws_sns_topic.alarms.arn]

  namespace   = each.value.metric[0]
  metric_name = each.value.metric[1]
  statistic   = "Average"
  dimensions  = each.value.of

  comparison_operator = { "<" = "LessThanThreshold", ">" = "GreaterThanThreshold" }[each.value.when[0]]
  threshold           = each.value.when[1]
  period              = 60
  evaluation_periods  = each.value.minutes
}
