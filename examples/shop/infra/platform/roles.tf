# Who may do what while the application runs. What the pipeline may is in infra/account.

# ── Execution: what ECS does before a container starts ───────────────────────────────────────────
resource "aws_iam_role" "execution" {
  name               = "${local.full_name}-execution"
  description        = "ECS starts tasks of ${local.full_name}: image, logs, secrets."
  assume_role_policy = data.aws_iam_policy_document.execution_trust.json
}

# Without a condition: AWS documents one for the role of the task only, and a role can be handed to ECS by its
# own account alone.
data "aws_iam_policy_document" "execution_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.${local.dns_suffix}"]
    }
  }
}

data "aws_iam_policy_document" "execution" {
  statement {
    sid       = "PullImages"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = ["${local.arn}:ecr:${local.here}:repository/${module.manifest.project.slug}"]
  }

  statement {
    sid       = "LogInToEcr"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # it knows no repository: the token can do what its owner can
  }

  statement {
    sid       = "WriteLogs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.arn}:logs:${local.here}:log-group:/ecs/${local.full_name}-*"]
  }

  # They are encrypted with the account's aws/ssm key, which asks for no permission of its own.
  statement {
    sid       = "ReadSecrets"
    actions   = ["ssm:GetParameters"]
    resources = ["${local.secrets}/*"]
  }
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-tasks"
  role   = aws_iam_role.execution.name
  policy = data.aws_iam_policy_document.execution.json
}

# ── Task: what the application itself may ────────────────────────────────────────────────────────
# What more it needs, such as sending mail by SES, goes here as a statement of its own.
resource "aws_iam_role" "task" {
  name               = "${local.full_name}-task"
  description        = "The application of ${local.full_name}, in every mode."
  assume_role_policy = data.aws_iam_policy_document.task_trust.json
}

data "aws_iam_policy_document" "task_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["ecs-tasks.${local.dns_suffix}"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

data "aws_iam_policy_document" "task" {
  statement {
    sid       = "ListFiles"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.files.arn]
  }

  # Laravel asks for the ACL "private" with each file, so it needs the permission. The bucket has no ACLs.
  statement {
    sid = "Files"
    actions = [
      "s3:AbortMultipartUpload",
      "s3:DeleteObject",
      "s3:GetObject",
      "s3:PutObject",
      "s3:PutObjectAcl",
    ]
    resources = ["${aws_s3_bucket.files.arn}/*"]
  }

  # A worker whose jobs may take longer than any stop waits (110 s) asks ECS not to end its task for a
  # deploy or a scale-in while a job runs. AWS knows no narrower "itself": any task of this cluster.
  statement {
    sid       = "ProtectLongJobs"
    actions   = ["ecs:GetTaskProtection", "ecs:UpdateTaskProtection"]
    resources = ["${local.arn}:ecs:${local.here}:task/${local.full_name}/*"]
  }

  dynamic "statement" {
    for_each = module.manifest.exec ? ["OpenShell"] : []

    content {
      sid = statement.value
      actions = [
        "ssmmessages:CreateControlChannel",
        "ssmmessages:CreateDataChannel",
        "ssmmessages:OpenControlChannel",
        "ssmmessages:OpenDataChannel",
      ]
      resources = ["*"] # AWS has nothing narrower
    }
  }
}

resource "aws_iam_role_policy" "task" {
  name   = "application"
  role   = aws_iam_role.task.name
  policy = data.aws_iam_policy_document.task.json
}

# ── Schedule: EventBridge starts one kind of task, and no other ──────────────────────────────────
resource "aws_iam_role" "schedule" {
  name               = "${local.full_name}-schedule"
  description        = "EventBridge starts the schedule of ${local.full_name}."
  assume_role_policy = data.aws_iam_policy_document.schedule_trust.json
}

data "aws_iam_policy_document" "schedule_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["events.${local.dns_suffix}", "scheduler.${local.dns_suffix}"] # the manifest chooses one
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account_id]
    }
  }
}

data "aws_iam_policy_document" "schedule" {
  statement {
    sid       = "Run"
    actions   = ["ecs:RunTask"]
    resources = ["${local.arn}:ecs:${local.here}:task-definition/${local.full_name}-schedule:*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.this.arn]
    }
  }

  statement {
    sid       = "TagWhatItRuns"
    actions   = ["ecs:TagResource"]
    resources = ["${local.arn}:ecs:${local.here}:task/${local.full_name}/*"]

    condition {
      test     = "StringEquals"
      variable = "ecs:CreateAction"
      values   = ["RunTask"]
    }
  }

  statement {
    sid       = "HandOnRoles"
    actions   = ["iam:PassRole"]
    resources = [aws_iam_role.execution.arn, aws_iam_role.task.arn]

    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.${local.dns_suffix}"]
    }
  }

  # EventBridge Scheduler writes there itself; a rule goes by the queue's own policy.
  statement {
    sid       = "KeepWhatFailed"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.schedule_failed.arn]
  }
}

resource "aws_iam_role_policy" "schedule" {
  name   = "run-schedule"
  role   = aws_iam_role.schedule.name
  policy = data.aws_iam_policy_document.schedule.json
}
