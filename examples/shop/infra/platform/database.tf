# What both kinds of database have in common. RDS is in database_rds.tf, Aurora in database_aurora.tf.

locals {
  make_rds      = contains(["mysql", "postgres"], local.platform.database)
  make_aurora   = contains(["aurora-mysql", "aurora-postgres"], local.platform.database)
  make_database = local.make_rds || local.make_aurora

  # A major version, whose minor versions AWS installs by itself in the maintenance window. The next major
  # version is a decision: write it here, with `allow_major_version_upgrade = true` for that one time.
  databases = {
    mysql = {
      engine = "mysql", version = "8.4", family = "mysql8.4", connection = "mysql", port = 3306
      logs   = ["error", "slowquery"]
    }
    postgres = {
      engine = "postgres", version = "17", family = "postgres17", connection = "pgsql", port = 5432
      logs   = ["postgresql", "upgrade"]
    }
    aurora-mysql = {
      engine = "aurora-mysql", version = "8.0", family = "aurora-mysql8.0", connection = "mysql", port = 3306
      logs   = ["error", "slowquery"]
    }
    aurora-postgres = {
      engine = "aurora-postgresql", version = "17", family = "aurora-postgresql17", connection = "pgsql", port = 5432
      logs   = ["postgresql"]
    }
  }
  database = lookup(local.databases, local.platform.database, null)

  # Not named after the project: some names are words of SQL.
  database_name     = "laravel"
  database_username = "laravel"

  # Connections without TLS are refused.
  database_parameters = {
    mysql           = { require_secure_transport = "1" }
    postgres        = { "rds.force_ssl" = "1" }
    aurora-mysql    = { require_secure_transport = "ON" }
    aurora-postgres = { "rds.force_ssl" = "1" }
    external        = {}
  }[local.platform.database]
}

# Read when it is needed and written nowhere: no state and no plan holds it.
ephemeral "aws_ssm_parameter" "database_password" {
  count    = local.make_database && !var.mocked ? 1 : 0
  provider = aws.secrets

  arn = "${local.secrets}/DB_PASSWORD"
}

locals {
  database_password = coalesce(one(ephemeral.aws_ssm_parameter.database_password[*].value), "-") # AWS refuses "-"
}

resource "aws_db_subnet_group" "this" {
  count = local.make_database ? 1 : 0

  name        = local.full_name
  description = "The data subnets of ${local.full_name}"
  subnet_ids  = local.data_subnet_ids
}

# Deleting a database leaves a last snapshot behind. Its name is fixed beforehand, so each database that
# follows needs another one.
resource "terraform_data" "final_snapshot" {
  count = local.make_database ? 1 : 0

  triggers_replace = [local.platform.database]
}

locals {
  final_snapshot = one([for data in terraform_data.final_snapshot : "${local.full_name}-final-${substr(data.id, 0, 8)}"])
}

# AWS would make these groups itself, and keep what is in them for ever.
resource "aws_cloudwatch_log_group" "database" {
  for_each = toset(local.make_database ? local.database.logs : [])

  name              = "/aws/rds/${local.make_rds ? "instance" : "cluster"}/${local.full_name}/${each.key}"
  retention_in_days = module.manifest.log_retention_days
}
