# What a release needs: `bin/ecs deploy`, rollback, migrate, artisan, logs and status, and a plan or apply of
# infra/tasks and infra/services. Nothing of the network, the database, Valkey or the bucket, no secret's
# value, no other environment.
#
# Whoever can release can run code, though, and code can read the secrets it is started with.

locals {
  deployed = { for name, manifest in local.environments : name => manifest if local.trusted }

  # A role holds 10,240 characters of these, all documents together.
  deploy_permissions = {
    state      = data.aws_iam_policy_document.state
    parameters = data.aws_iam_policy_document.parameters
    tasks      = data.aws_iam_policy_document.tasks
    services   = data.aws_iam_policy_document.services
    schedule   = data.aws_iam_policy_document.schedule
    logs       = data.aws_iam_policy_document.logs
    alarms     = data.aws_iam_policy_document.alarms
    roles      = data.aws_iam_policy_document.roles
  }
}

# ── Terraform's state: of the two layers that a release changes ──────────────────────────────────
locals {
  state_bucket = "${local.arn}:s3:::${local.project.slug}-state-${local.account_id}-${local.project.region}"
  state_keys   = { for name in keys(local.deployed) : name => ["${name}/tasks.tfstate", "${name}/services.tfstate"] }
}

data "aws_iam_policy_document" "state" {
  for_each = local.deployed

  statement {
    sid       = "ReadAndWrite"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = [for key in local.state_keys[each.key] : "${local.state_bucket}/${key}"]
  }

  statement {
    sid       = "Lock"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = [for key in local.state_keys[each.key] : "${local.state_bucket}/${key}.tflock"]
  }

  # Without it S3 answers 403, not 404, where there is no state yet. "env:/" is what Terraform lists to
  # find its workspaces, on every init.
  statement {
    sid       = "Find"
    actions   = ["s3:ListBucket"]
    resources = [local.state_bucket]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = concat([for key in local.state_keys[each.key] : "${key}*"], ["env:/"])
    }
  }
}

# ── What the platform says, and which release runs ───────────────────────────────────────────────
locals {
  parameters = {
    for name in keys(local.deployed) : name => "${local.arn}:ssm:${local.here}:parameter/${local.project.slug}/${name}"
  }
}

data "aws_iam_policy_document" "parameters" {
  for_each = local.deployed

  statement {
    sid     = "Read"
    actions = ["ssm:GetParameter", "ssm:GetParameters"]
    resources = [
      "${local.parameters[each.key]}/platform",
      "${local.parameters[each.key]}/platform/*",
      "${local.parameters[each.key]}/release",
      "${local.parameters[each.key]}/release/*",
    ]
  }

  statement {
    sid       = "RecordAndLock"
    actions   = ["ssm:PutParameter", "ssm:DeleteParameter"]
    resources = ["${local.parameters[each.key]}/release/*"]
  }

  # Names, never values: whether a secret is there, without reading it.
  statement {
    sid       = "FindMissingSecrets"
    actions   = ["ssm:DescribeParameters"]
    resources = ["*"] # AWS lists all or nothing
  }
}

# ── Tasks: their definitions, and those that end (migrate, artisan) ──────────────────────────────
locals {
  ecs = {
    for name, manifest in local.deployed : name => {
      cluster     = "${local.arn}:ecs:${local.here}:cluster/${manifest.full_name}"
      services    = "${local.arn}:ecs:${local.here}:service/${manifest.full_name}/*"
      tasks       = "${local.arn}:ecs:${local.here}:task/${manifest.full_name}/*"
      definitions = "${local.arn}:ecs:${local.here}:task-definition/${manifest.full_name}-*:*"
    }
  }
}

data "aws_iam_policy_document" "tasks" {
  for_each = local.deployed

  statement {
    sid       = "FindImage"
    actions   = ["ecr:BatchGetImage", "ecr:DescribeImages", "ecr:DescribeRepositories"]
    resources = [aws_ecr_repository.images.arn]
  }

  # Registering cannot run anything: that takes RunTask or a service, below, and the roles to pass.
  statement {
    sid       = "Define"
    actions   = ["ecs:RegisterTaskDefinition", "ecs:DescribeTaskDefinition"]
    resources = ["*"] # AWS has nothing narrower
  }

  statement {
    sid       = "Run"
    actions   = ["ecs:RunTask"]
    resources = [local.ecs[each.key].definitions]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [local.ecs[each.key].cluster]
    }
  }

  statement {
    sid       = "Watch"
    actions   = ["ecs:DescribeTasks", "ecs:StopTask"]
    resources = [local.ecs[each.key].tasks]
  }

  statement {
    sid       = "List"
    actions   = ["ecs:ListTasks"]
    resources = ["*"] # on Fargate a task lies on no instance that could be named

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [local.ecs[each.key].cluster]
    }
  }

  statement {
    sid     = "Tag"
    actions = ["ecs:TagResource", "ecs:UntagResource", "ecs:ListTagsForResource"]
    resources = [
      local.ecs[each.key].definitions,
      local.ecs[each.key].services,
      local.ecs[each.key].tasks,
    ]
  }
}

# ── Services, and how they scale ─────────────────────────────────────────────────────────────────
data "aws_iam_policy_document" "services" {
  for_each = local.deployed

  statement {
    sid       = "Release"
    actions   = ["ecs:CreateService", "ecs:UpdateService", "ecs:DeleteService", "ecs:DescribeServices"]
    resources = [local.ecs[each.key].services]
  }

  statement {
    sid       = "Cluster"
    actions   = ["ecs:DescribeClusters"]
    resources = [local.ecs[each.key].cluster]
  }

  statement {
    sid       = "ListServices"
    actions   = ["ecs:ListServices"]
    resources = ["*"] # AWS has nothing narrower but the condition

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [local.ecs[each.key].cluster]
    }
  }

  statement {
    sid       = "Health"
    actions   = ["elasticloadbalancing:DescribeTargetHealth"]
    resources = ["*"] # AWS has nothing narrower
  }

  # AWS makes up the name of a scalable target, so it is known by its tags. A new one has none yet, and new limits
  # come without any: a tag that is there has to be right, on the target as in the request.
  statement {
    sid = "Scale"
    actions = [
      "application-autoscaling:RegisterScalableTarget",
      "application-autoscaling:TagResource",
      "application-autoscaling:UntagResource",
    ]
    resources = ["${local.arn}:application-autoscaling:${local.here}:scalable-target/*"]

    dynamic "condition" {
      for_each = {
        "aws:RequestTag/Project"      = local.project.slug
        "aws:RequestTag/Environment"  = each.key
        "aws:ResourceTag/Project"     = local.project.slug
        "aws:ResourceTag/Environment" = each.key
      }

      content {
        test     = "StringEqualsIfExists"
        variable = condition.key
        values   = [condition.value]
      }
    }
  }

  statement {
    sid = "ChangeScaling"
    actions = [
      "application-autoscaling:DeregisterScalableTarget",
      "application-autoscaling:PutScalingPolicy",
      "application-autoscaling:DeleteScalingPolicy",
    ]
    resources = ["${local.arn}:application-autoscaling:${local.here}:scalable-target/*"]

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Project"
      values   = [local.project.slug]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:ResourceTag/Environment"
      values   = [each.key]
    }
  }

  statement {
    sid       = "ReadScalingTags"
    actions   = ["application-autoscaling:ListTagsForResource"]
    resources = ["${local.arn}:application-autoscaling:${local.here}:scalable-target/*"]
  }

  statement {
    sid       = "ReadScaling"
    actions   = ["application-autoscaling:DescribeScalableTargets", "application-autoscaling:DescribeScalingPolicies"]
    resources = ["*"] # AWS has nothing narrower
  }
}

# ── The schedule: one rule, or one schedule of EventBridge Scheduler in its default group ────────
data "aws_iam_policy_document" "schedule" {
  for_each = local.deployed

  statement {
    sid = "Rule"
    actions = [
      "events:DeleteRule",
      "events:DescribeRule",
      "events:ListTagsForResource",
      "events:ListTargetsByRule",
      "events:PutRule",
      "events:PutTargets",
      "events:RemoveTargets",
      "events:TagResource",
      "events:UntagResource",
    ]
    resources = ["${local.arn}:events:${local.here}:rule/${each.value.full_name}-schedule"]
  }

  statement {
    sid = "Scheduler"
    actions = [
      "scheduler:CreateSchedule",
      "scheduler:DeleteSchedule",
      "scheduler:GetSchedule",
      "scheduler:UpdateSchedule",
    ]
    resources = ["${local.arn}:scheduler:${local.here}:schedule/default/${each.value.full_name}-schedule"]
  }
}

# ── Logs of the tasks ────────────────────────────────────────────────────────────────────────────
data "aws_iam_policy_document" "logs" {
  for_each = local.deployed

  statement {
    sid = "Groups"
    actions = [
      "logs:CreateLogGroup",
      "logs:DeleteLogGroup",
      "logs:DeleteRetentionPolicy",
      "logs:DescribeLogStreams",
      "logs:FilterLogEvents",
      "logs:GetLogEvents",
      "logs:ListTagsForResource",
      "logs:PutRetentionPolicy",
      "logs:TagResource",
      "logs:UntagResource",
    ]
    resources = ["${local.arn}:logs:${local.here}:log-group:/ecs/${each.value.full_name}-*"]
  }

  statement {
    sid       = "Find"
    actions   = ["logs:DescribeLogGroups"]
    resources = ["${local.arn}:logs:${local.here}:log-group:*"] # a search by prefix is over all of them
  }
}

# ── Alarms and the dashboard ─────────────────────────────────────────────────────────────────────
data "aws_iam_policy_document" "alarms" {
  for_each = local.deployed

  # Auto scaling makes alarms of its own in the name of who asks for them.
  statement {
    sid = "Alarms"
    actions = [
      "cloudwatch:DeleteAlarms",
      "cloudwatch:ListTagsForResource",
      "cloudwatch:PutMetricAlarm",
      "cloudwatch:TagResource",
      "cloudwatch:UntagResource",
    ]
    resources = [
      "${local.arn}:cloudwatch:${local.here}:alarm:${each.value.full_name}-*",
      "${local.arn}:cloudwatch:${local.here}:alarm:TargetTracking-service/${each.value.full_name}/*",
    ]
  }

  statement {
    sid       = "FindAlarms"
    actions   = ["cloudwatch:DescribeAlarms"]
    resources = ["${local.arn}:cloudwatch:${local.here}:alarm:*"] # a search by prefix is over all of them
  }

  statement {
    sid       = "Dashboard"
    actions   = ["cloudwatch:DeleteDashboards", "cloudwatch:GetDashboard", "cloudwatch:PutDashboard"]
    resources = ["${local.arn}:cloudwatch::${local.account_id}:dashboard/${each.value.full_name}"]
  }
}

# ── The roles a release hands on: to tasks, and to what starts the schedule. It can hand on no other one,
#    and change none. ────────────────────────────────────────────────────────────────────────────────────
locals {
  role = { for name, manifest in local.deployed : name => "${local.arn}:iam::${local.account_id}:role/${manifest.full_name}" }
}

data "aws_iam_policy_document" "roles" {
  for_each = local.deployed

  statement {
    sid       = "ToTasks"
    actions   = ["iam:PassRole"]
    resources = ["${local.role[each.key]}-execution", "${local.role[each.key]}-task"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.${data.aws_partition.current.dns_suffix}"]
    }
  }

  statement {
    sid       = "ToTheSchedule"
    actions   = ["iam:PassRole"]
    resources = ["${local.role[each.key]}-schedule"]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["events.${data.aws_partition.current.dns_suffix}", "scheduler.${data.aws_partition.current.dns_suffix}"]
    }
  }
}
