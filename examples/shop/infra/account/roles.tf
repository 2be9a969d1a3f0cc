# The pipeline's roles. It gets an hour or two at a time, and no key to keep. Neither role can create or change a role.

resource "aws_iam_role" "build" {
  count = local.trusted ? 1 : 0

  name               = "${local.project.slug}-build"
  description        = "The pipeline of ${local.project.repository} on main: pushes images, nothing else."
  assume_role_policy = data.aws_iam_policy_document.trust["build"].json
}

data "aws_iam_policy_document" "build" {
  statement {
    sid = "PushAndPull"
    actions = [
      "ecr:BatchCheckLayerAvailability",
      "ecr:BatchGetImage",
      "ecr:CompleteLayerUpload",
      "ecr:DescribeImages",
      "ecr:DescribeRepositories",
      "ecr:GetDownloadUrlForLayer",
      "ecr:InitiateLayerUpload",
      "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = [aws_ecr_repository.images.arn, aws_ecr_repository.cache.arn]
  }

  statement {
    sid       = "LogIn"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"] # it knows no repository: the token can do what its owner can
  }
}

resource "aws_iam_role_policy" "build" {
  count = local.trusted ? 1 : 0

  name   = "images"
  role   = aws_iam_role.build[0].name
  policy = data.aws_iam_policy_document.build.json
}

# ── Releasing, one role per environment; what it may is in deploy_permissions.tf ─────────────────
resource "aws_iam_role" "deploy" {
  for_each = local.deployed

  name               = "${each.value.full_name}-deploy"
  description        = "The pipeline of ${local.project.repository}: releases to ${each.key}."
  assume_role_policy = data.aws_iam_policy_document.trust[each.key].json

  # A release may wait for another one, for its migrations, for its roll-out and for the way back.
  max_session_duration = 7200
}

resource "aws_iam_role_policy" "deploy" {
  for_each = merge([
    for environment in keys(local.deployed) : {
      for name, documents in local.deploy_permissions : "${environment}/${name}" => {
        environment = environment
        name        = name
        json        = documents[environment].json
      }
    }
  ]...)

  name   = each.value.name
  role   = aws_iam_role.deploy[each.value.environment].name
  policy = each.value.json
}
