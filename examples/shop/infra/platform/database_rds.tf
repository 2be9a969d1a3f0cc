resource "aws_db_parameter_group" "this" {
  count = local.make_rds ? 1 : 0

  name        = "${local.full_name}-${replace(local.database.family, ".", "-")}"
  description = "Settings of ${local.full_name}"
  family      = local.database.family

  dynamic "parameter" {
    for_each = local.database_parameters

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true # the next major version has a group of its own
  }
}

resource "aws_db_instance" "this" {
  count = local.make_rds ? 1 : 0

  identifier     = local.full_name
  engine         = local.database.engine
  engine_version = local.database.version
  instance_class = local.platform.database_class
  multi_az       = local.platform.database_standby

  db_name             = local.database_name
  username            = local.database_username
  password_wo         = local.database_password
  password_wo_version = 1 # another number sets the password anew, to what SSM holds then

  allocated_storage     = local.platform.database_storage
  max_allocated_storage = local.platform.database_storage * 10
  storage_type          = "gp3"
  storage_encrypted     = true

  db_subnet_group_name   = aws_db_subnet_group.this[0].name
  vpc_security_group_ids = [aws_security_group.database[0].id]
  parameter_group_name   = aws_db_parameter_group.this[0].name
  publicly_accessible    = false

  backup_retention_period   = local.platform.database_backup_days
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false # they outlive the database, as long as they are to be kept
  deletion_protection       = module.manifest.protected
  skip_final_snapshot       = false
  final_snapshot_identifier = local.final_snapshot

  # Whoever applies has just read the plan; put off to the maintenance window, the plan would not get empty.
  apply_immediately          = true
  auto_minor_version_upgrade = true

  # Seven days of it are free. The smallest classes have none of it with MySQL.
  performance_insights_enabled    = local.performance_insights
  enabled_cloudwatch_logs_exports = local.database.logs

  depends_on = [aws_cloudwatch_log_group.database]
}

locals {
  performance_insights = local.make_rds && !(
    local.platform.database == "mysql" && can(regex("^db[.]t[0-9]g?[.](micro|small)$", local.platform.database_class))
  )
}
