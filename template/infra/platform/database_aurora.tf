resource "aws_rds_cluster_parameter_group" "this" {
  count = local.make_aurora ? 1 : 0

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

resource "aws_rds_cluster" "this" {
  count = local.make_aurora ? 1 : 0

  cluster_identifier = local.full_name
  engine             = local.database.engine
  engine_version     = local.database.version

  serverlessv2_scaling_configuration {
    min_capacity = local.platform.database_min_acu # 0 lets it sleep after five idle minutes; waking takes some 15 s
    max_capacity = local.platform.database_max_acu
  }

  database_name              = local.database_name
  master_username            = local.database_username
  master_password_wo         = local.database_password
  master_password_wo_version = 1 # another number sets the password anew, to what SSM holds then

  storage_encrypted = true

  db_subnet_group_name            = aws_db_subnet_group.this[0].name
  vpc_security_group_ids          = [aws_security_group.database[0].id]
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.this[0].name

  backup_retention_period   = local.platform.database_backup_days
  copy_tags_to_snapshot     = true
  delete_automated_backups  = false # they outlive the database, as long as they are to be kept
  deletion_protection       = module.manifest.protected
  skip_final_snapshot       = false
  final_snapshot_identifier = local.final_snapshot

  # Whoever applies has just read the plan; put off to the maintenance window, the plan would not get empty.
  apply_immediately = true

  enabled_cloudwatch_logs_exports = local.database.logs

  depends_on = [aws_cloudwatch_log_group.database]
}

# The first one writes. A second one takes over within a minute when it fails.
resource "aws_rds_cluster_instance" "this" {
  count = local.make_aurora ? (local.platform.database_standby ? 2 : 1) : 0

  identifier         = "${local.full_name}-${count.index + 1}"
  cluster_identifier = aws_rds_cluster.this[0].id
  engine             = aws_rds_cluster.this[0].engine
  engine_version     = aws_rds_cluster.this[0].engine_version
  instance_class     = "db.serverless"
  promotion_tier     = 0 # in tiers 0 and 1 a standby keeps the writer's size

  publicly_accessible        = false
  copy_tags_to_snapshot      = true
  apply_immediately          = true
  auto_minor_version_upgrade = true

  # Seven days of it are free.
  performance_insights_enabled = true
}
