# What the layers above need to know, as plain SSM parameters below /<slug>/<environment>/platform/. What this
# layer makes, it writes there; what a team has already, the team writes there, and this layer reads it.
# docs/ecs/runbook.md says what each of them looks like.

locals {
  contract_path = "/${module.manifest.project.slug}/${module.manifest.name}/platform"

  always = {
    cluster_name           = aws_ecs_cluster.this.name
    task_security_group_id = aws_security_group.tasks.id
    target_group_arn       = aws_lb_target_group.web.arn
    load_balancer_label    = aws_lb.this.arn_suffix
    target_group_label     = aws_lb_target_group.web.arn_suffix
    url                    = local.url
    execution_role_arn     = aws_iam_role.execution.arn
    task_role_arn          = aws_iam_role.task.arn
    schedule_role_arn      = aws_iam_role.schedule.arn
    dead_letter_queue_arn  = aws_sqs_queue.schedule_failed.arn
    alarm_topic_arn        = aws_sns_topic.alarms.arn
    valkey_host            = aws_elasticache_replication_group.valkey["main"].primary_endpoint_address
    valkey_cache_host      = aws_elasticache_replication_group.valkey[local.platform.valkey_instances == 2 ? "cache" : "main"].primary_endpoint_address
    valkey_port            = local.valkey_port
    bucket                 = aws_s3_bucket.files.bucket
  }

  # Unless `network: existing`: then a team writes them, the task subnets and their addresses for the layers
  # above.
  network = {
    vpc_id            = local.vpc_id
    public_subnet_ids = join(",", local.public_subnet_ids)
    task_subnet_ids   = join(",", [for zone in local.zone_names : aws_subnet.tasks[zone].id])
    data_subnet_ids   = join(",", local.data_subnet_ids)
    assign_public_ip  = local.platform.network == "public" ? "ENABLED" : "DISABLED"
  }

  # Unless `database: external`.
  connection = {
    database_connection = try(local.database.connection, null)
    database_host       = local.make_rds ? one(aws_db_instance.this[*].address) : one(aws_rds_cluster.this[*].endpoint)
    database_port       = try(local.database.port, null)
    database_name       = local.database_name
    database_username   = local.database_username
  }

  contract = merge(
    local.always,
    { for name, value in local.network : name => value if local.make_network },
    { for name, value in local.connection : name => value if local.make_database },
  )
}

resource "aws_ssm_parameter" "contract" {
  for_each = local.contract

  name           = "${local.contract_path}/${each.key}"
  type           = "String"
  insecure_value = each.value # nothing secret, so a plan may show it
  overwrite      = true       # what a broken-off run, or a team whose network this replaces, has left there
}

data "aws_ssm_parameter" "given" {
  for_each = toset(concat(
    local.make_network ? [] : ["vpc_id", "public_subnet_ids", "data_subnet_ids"],
    local.has_domain && !local.make_domain ? ["certificate_arn"] : [],
  ))

  name = "${local.contract_path}/${each.key}"
}

locals {
  given = { for name, parameter in data.aws_ssm_parameter.given : name => parameter.insecure_value }
}
