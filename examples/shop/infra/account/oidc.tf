# Who vouches for a pipeline, and for which ones. An account can have each provider only once, and other
# projects may use it: `bin/ecs bootstrap` creates it where it is absent, and nothing here changes it.

locals {
  issuers = {
    github = "token.actions.githubusercontent.com"
    gitlab = "gitlab.com"
  }

  # Without a repository, or without a pipeline, there is nobody to trust, and no role at all.
  trusted = local.project.repository != "" && contains(keys(local.issuers), local.project.ci)
  issuer  = local.trusted ? local.issuers[local.project.ci] : ""
}

data "aws_iam_openid_connect_provider" "pipeline" {
  count = local.trusted ? 1 : 0

  url = "https://${local.issuer}"
}

# ── What a pipeline's token must say, role by role ───────────────────────────────────────────────
# A pull request and a branch have no role, whatever their workflow says: it may name any environment, and GitHub
# puts that into `sub` unless the environment's own rules forbid it, but `ref` is what the job runs on.
locals {
  main = "refs/heads/main"
  tags = "refs/tags/*"

  # "acme/shop" and, for repositories created since 2026-07-15, "acme@1234/shop@5678". No owner's name holds
  # an @, and `repository` has to match as a whole: the asterisks can stand for nothing but the ids.
  subjects = [
    "repo:${local.project.repository}",
    "repo:${replace(local.project.repository, "/", "@*/")}@*",
  ]

  claims = {
    # Production is released by a tag, too. Who may push one decides what runs there: protect tags like main.
    github = merge(
      {
        build = {
          repository = [local.project.repository]
          ref        = [local.main]
          sub        = [for subject in local.subjects : "${subject}:ref:${local.main}"]
        }
      },
      {
        for name in keys(local.environments) : name => {
          repository  = [local.project.repository]
          environment = [name]
          ref         = concat([local.main], name == "production" ? [local.tags] : [])
          sub         = [for subject in local.subjects : "${subject}:environment:${name}"]
        }
      }
    )

    # GitLab puts no environment into `sub`, so whatever runs on main may deploy to each of them. Who may push
    # to main, and who may start the job of a protected environment, is for GitLab to say.
    gitlab = {
      for name in concat(["build"], keys(local.environments)) : name => {
        sub = ["project_path:${local.project.repository}:ref_type:branch:ref:main"]
      }
    }
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = { for name, claims in local.claims[local.trusted ? local.project.ci : "github"] : name => claims if local.trusted }

  statement {
    actions = ["sts:AssumeRoleWithWebIdentity"]

    principals {
      type        = "Federated"
      identifiers = [data.aws_iam_openid_connect_provider.pipeline[0].arn]
    }

    condition {
      test     = "StringEquals"
      variable = "${local.issuer}:aud"
      values   = ["sts.amazonaws.com"]
    }

    dynamic "condition" {
      for_each = each.value

      content {
        test     = contains(["ref", "sub"], condition.key) ? "StringLike" : "StringEquals"
        variable = "${local.issuer}:${condition.key}"
        values   = condition.value
      }
    }
  }
}
