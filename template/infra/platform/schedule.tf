# Runs of the schedule that EventBridge could not start, with the reason. An alarm of infra/services watches it.

resource "aws_sqs_queue" "schedule_failed" {
  name                      = "${local.full_name}-schedule-failed"
  message_retention_seconds = 14 * 24 * 60 * 60
  sqs_managed_sse_enabled   = true
}

data "aws_iam_policy_document" "schedule_failed" {
  statement {
    sid       = "FromTheRule"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.schedule_failed.arn]

    principals {
      type        = "Service"
      identifiers = ["events.${local.dns_suffix}"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["${local.arn}:events:${local.here}:rule/${local.full_name}-schedule"]
    }
  }
}

resource "aws_sqs_queue_policy" "schedule_failed" {
  queue_url = aws_sqs_queue.schedule_failed.url
  policy    = data.aws_iam_policy_document.schedule_failed.json
}
