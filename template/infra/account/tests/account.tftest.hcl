# terraform test
#
# No AWS and no credentials: the provider is a mock. The first run takes the manifests as they are, the others
# put one of their own in the place of each.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::111122223333:oidc-provider/example.com" }
  }

  mock_resource "aws_ecr_repository" {
    defaults = { arn = "arn:aws:ecr:eu-west-1:111122223333:repository/shop" }
  }
}

run "images" {
  command = plan

  assert {
    condition     = aws_ecr_repository.images.image_tag_mutability == "IMMUTABLE" && aws_ecr_repository.images.image_scanning_configuration[0].scan_on_push
    error_message = "A tag must stay the commit it was pushed for, and every image must be scanned."
  }

  assert {
    condition     = jsondecode(aws_ecr_lifecycle_policy.images.policy).rules[0].selection.countNumber == 1000
    error_message = "A rollback needs the images of past releases, and production one that is older than many builds."
  }

  assert {
    condition     = aws_ecr_repository.cache.name == "${aws_ecr_repository.images.name}-cache"
    error_message = "The build cache lies beside the images."
  }

  assert {
    condition     = length(aws_iam_role.build) == (local.trusted ? 1 : 0)
    error_message = "A pipeline pushes images; without one nobody is trusted."
  }
}

run "github" {
  command = plan

  override_module {
    target = module.manifest
    outputs = {
      project    = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "acme/shop", ci = "github" }
      full_name  = "shop-one"
      account_id = "111122223333"
    }
  }

  assert {
    condition     = keys(aws_iam_role.deploy) == keys(module.manifest)
    error_message = "Each environment of the account has a role of its own."
  }

  assert {
    condition = alltrue([
      for name, trust in data.aws_iam_policy_document.trust : anytrue([
        for condition in trust.statement[0].condition :
        condition.test == "StringEquals" && condition.variable == "token.actions.githubusercontent.com:repository" && tolist(condition.values) == tolist(["acme/shop"])
      ])
    ])
    error_message = "Only this repository may assume a role."
  }

  assert {
    condition = alltrue([
      for name in keys(aws_iam_role.deploy) : anytrue([
        for condition in data.aws_iam_policy_document.trust[name].statement[0].condition :
        condition.test == "StringLike" && condition.variable == "token.actions.githubusercontent.com:sub" && toset(condition.values) == toset([
          "repo:acme/shop:environment:${name}",
          "repo:acme@*/shop@*:environment:${name}",
        ])
      ])
    ])
    error_message = "A role is for one environment, in both forms of a token's subject."
  }

  assert {
    condition = {
      for name, trust in data.aws_iam_policy_document.trust : name => flatten([
        for condition in trust.statement[0].condition : sort(condition.values) if condition.variable == "token.actions.githubusercontent.com:ref"
      ])
      } == {
      for name in keys(data.aws_iam_policy_document.trust) : name => concat(["refs/heads/main"], name == "production" ? ["refs/tags/*"] : [])
    }
    error_message = "Only main pushes images and deploys; into production tags may, too."
  }
}

run "gitlab" {
  command = plan

  override_module {
    target = module.manifest
    outputs = {
      project    = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "acme/web/shop", ci = "gitlab" }
      full_name  = "shop-one"
      account_id = "111122223333"
    }
  }

  assert {
    condition = alltrue([
      for name, trust in data.aws_iam_policy_document.trust : anytrue([
        for condition in trust.statement[0].condition :
        condition.variable == "gitlab.com:sub" && tolist(condition.values) == tolist(["project_path:acme/web/shop:ref_type:branch:ref:main"])
      ])
    ])
    error_message = "Only this project's main may assume a role."
  }
}

run "no_pipeline" {
  command = plan

  override_module {
    target = module.manifest
    outputs = {
      project    = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "acme/shop", ci = "none" }
      full_name  = "shop-one"
      account_id = "111122223333"
    }
  }

  assert {
    condition     = length(aws_iam_role.build) + length(aws_iam_role.deploy) == 0
    error_message = "Without a pipeline there is no role."
  }
}

run "no_repository" {
  command = plan

  override_module {
    target = module.manifest
    outputs = {
      project    = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "", ci = "github" }
      full_name  = "shop-one"
      account_id = "111122223333"
    }
  }

  assert {
    condition     = length(aws_iam_role.build) + length(aws_iam_role.deploy) == 0
    error_message = "Without a repository there is no role."
  }
}

run "environments_of_another_account" {
  command = plan

  override_module {
    target = module.manifest
    outputs = {
      project    = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "acme/shop", ci = "github" }
      full_name  = "shop-one"
      account_id = "444455556666"
    }
  }

  assert {
    condition     = length(aws_iam_role.build) == 1 && length(aws_iam_role.deploy) == 0
    error_message = "Their roles are made in their own account."
  }
}

# Every statement of every role: nothing but PassRole of IAM, and an asterisk only where AWS has nothing narrower.
run "least_privilege" {
  command = apply # the repository is known by its ARN

  override_module {
    target = module.manifest
    outputs = {
      project    = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "acme/shop", ci = "github" }
      full_name  = "shop-one"
      account_id = "111122223333"
    }
  }

  assert {
    condition = alltrue(flatten([
      for documents in values(local.deploy_permissions) : [
        for document in values(documents) : [
          for statement in document.statement : [
            for action in statement.actions :
            action == "iam:PassRole" || !contains(["iam", "sts", "kms", "ec2", "rds", "elasticache", "secretsmanager"], split(":", action)[0])
          ]
        ]
      ]
    ]))
    error_message = "A release changes no role, key, network, database or Valkey."
  }

  assert {
    condition = alltrue(flatten([
      for documents in values(local.deploy_permissions) : [
        for document in values(documents) : [
          for statement in document.statement : contains([
            "Define", "FindMissingSecrets", "Health", "List", "ListServices", "ReadScaling",
          ], statement.sid) if contains(statement.resources, "*")
        ]
      ]
    ]))
    error_message = "A statement may name * only where AWS has nothing narrower; those are listed here."
  }

  assert {
    condition = alltrue(flatten([
      for document in values(data.aws_iam_policy_document.state) : [
        for statement in document.statement : [
          for resource in statement.resources : statement.sid == "Find" || can(regex("/(tasks|services)[.]tfstate([.]tflock)?$", resource))
        ]
      ]
    ]))
    error_message = "A release reads and writes the state of tasks and services only."
  }

  assert {
    condition = alltrue(flatten([
      for document in values(data.aws_iam_policy_document.roles) : [
        for statement in document.statement : contains(flatten(statement.condition[*].variable), "iam:PassedToService")
      ]
    ]))
    error_message = "A role is handed on to the service it is for."
  }
}
