# Queue, sessions and locks must not be lost; a cache may. Two instances keep them apart: one that refuses
# writes rather than forget, and one that forgets what was least in use. A single one forgets only what has a
# time to live, which queued jobs have not but locks and sessions have: hence its memory alarm.

locals {
  valkey_port = 6379

  valkey = merge(
    {
      main = {
        id       = local.full_name
        policy   = local.platform.valkey_instances == 2 ? "noeviction" : "volatile-lru"
        snapshot = 7
        about    = local.platform.valkey_instances == 2 ? "Queue, sessions and locks" : "Queue, sessions, locks and cache"
      }
    },
    {
      for name in ["cache"] : name => {
        id       = "${local.full_name}-cache"
        policy   = "allkeys-lru"
        snapshot = 0
        about    = "Cache"
      }
      if local.platform.valkey_instances == 2
    },
  )

  # The next version is a decision: write it here. AWS installs none by itself, because the plan after that would
  # go back to this one, which takes a new Valkey without any of the jobs and sessions.
  valkey_version = "8.1"
  valkey_family  = "valkey8"

  valkey_nodes_per_group = local.platform.valkey_standby ? 2 : 1
}

resource "aws_elasticache_subnet_group" "this" {
  name        = local.full_name
  description = "The data subnets of ${local.full_name}"
  subnet_ids  = local.data_subnet_ids
}

resource "aws_elasticache_parameter_group" "valkey" {
  for_each = local.valkey

  name        = "${each.value.id}-${local.valkey_family}"
  description = "Settings of ${each.value.id}"
  family      = local.valkey_family

  parameter {
    name  = "maxmemory-policy"
    value = each.value.policy
  }

  lifecycle {
    create_before_destroy = true # the next major version has a group of its own
  }
}

resource "aws_elasticache_replication_group" "valkey" {
  for_each = local.valkey

  replication_group_id = each.value.id
  description          = "${each.value.about} of ${local.full_name}"

  engine               = "valkey"
  engine_version       = local.valkey_version
  node_type            = local.platform.valkey_class
  parameter_group_name = aws_elasticache_parameter_group.valkey[each.key].name
  port                 = local.valkey_port

  num_cache_clusters         = local.valkey_nodes_per_group
  automatic_failover_enabled = local.platform.valkey_standby
  multi_az_enabled           = local.platform.valkey_standby

  subnet_group_name  = aws_elasticache_subnet_group.this.name
  security_group_ids = [aws_security_group.valkey.id]

  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"

  snapshot_retention_limit   = each.value.snapshot
  auto_minor_version_upgrade = false
  apply_immediately          = true

  # `bin/ecs platform` sets the password right after, and says so in a tag: here it would end up in the state.
  lifecycle {
    ignore_changes = [auth_token, auth_token_update_strategy, tags["Password"]]
  }
}
