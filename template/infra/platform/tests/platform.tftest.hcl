# terraform test -var environment=production
#
# No AWS and no credentials: the provider is a mock. The first run takes the environment's manifest as it is, the
# others put one of their own in its place.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com", reverse_dns_prefix = "com.amazonaws" }
  }

  mock_data "aws_availability_zones" {
    defaults = { names = ["zone-d", "zone-a", "zone-c", "zone-b"] }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_data "aws_route53_zone" {
    defaults = { zone_id = "Z0", name_servers = ["ns-1.example.com", "ns-2.example.com"] }
  }

  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "arn:aws:acm:eu-west-1:111122223333:certificate/shop" }
  }

  mock_resource "aws_acm_certificate" {
    defaults = {
      arn                       = "arn:aws:acm:eu-west-1:111122223333:certificate/shop"
      domain_validation_options = [{ domain_name = "shop.example.com", resource_record_name = "_a", resource_record_type = "CNAME", resource_record_value = "_b" }]
    }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:111122223333:shop-alarms" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:111122223333:shop-schedule-failed" }
  }

  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/shop/1", dns_name = "shop-1.eu-west-1.elb.amazonaws.com" }
  }

  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/1" }
  }
}

# A mock has no ephemeral resources. This provider reads nothing and asks nobody.
provider "aws" {
  alias                       = "secrets"
  region                      = "eu-west-1"
  access_key                  = "none"
  secret_key                  = "none"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  mocked = true
}

# ── This environment, as its manifest says ───────────────────────────────────────────────────────
run "this_environment" {
  command = plan

  assert {
    condition     = alltrue([for network in values(aws_subnet.tasks)[*].cidr_block : !contains(concat(values(aws_subnet.public)[*].cidr_block, values(aws_subnet.data)[*].cidr_block), network)])
    error_message = "Subnets must not overlap."
  }

  assert {
    condition     = length(aws_vpc_endpoint.s3) == length(aws_vpc.this)
    error_message = "Without the endpoint every image goes through a NAT gateway."
  }

  assert {
    condition     = alltrue([for group in aws_elasticache_replication_group.valkey : group.transit_encryption_mode == "required" && group.at_rest_encryption_enabled])
    error_message = "Valkey is encrypted, in transit and at rest."
  }

  assert {
    condition     = alltrue([for database in aws_db_instance.this : database.storage_encrypted && !database.publicly_accessible && database.backup_retention_period > 0 && !database.skip_final_snapshot])
    error_message = "The database is encrypted, out of reach and backed up."
  }

  assert {
    condition     = alltrue([for database in aws_rds_cluster.this : database.storage_encrypted && database.backup_retention_period > 0 && !database.skip_final_snapshot])
    error_message = "The database is encrypted and backed up."
  }

  assert {
    condition     = aws_lb.this.enable_deletion_protection == module.manifest.protected
    error_message = "A protected environment's load balancer is, too."
  }

  assert {
    condition     = aws_lb_target_group.web.deregistration_delay == "60" && aws_lb_target_group.web.health_check[0].path == "/up"
    error_message = "A roll-out waits for requests in flight (55 s at most) and asks Laravel whether it is up."
  }

  assert {
    condition     = alltrue([for rule in aws_vpc_security_group_ingress_rule.internet_to_load_balancer : contains([80, 443], rule.from_port)])
    error_message = "Only the load balancer is reached from the internet, on the ports of the web."
  }

  assert {
    condition     = alltrue([for name in keys(aws_ssm_parameter.contract) : startswith(aws_ssm_parameter.contract[name].name, "/${module.manifest.project.slug}/${module.manifest.name}/platform/")])
    error_message = "The layers above look for the contract there."
  }
}

# ── Kinds of network, of database, of domain ─────────────────────────────────────────────────────
run "private_postgres_domain" {
  command = plan

  override_module {
    target = module.manifest
    outputs = {
      project            = { slug = "shop", name = "Shop", region = "us-west-1", architecture = "arm64", repository = "", ci = "none" }
      name               = "production"
      full_name          = "shop-production"
      account_id         = ""
      alarm_email        = "oncall@example.com"
      log_retention_days = 30
      protected          = true
      exec               = false
      platform = {
        domain           = "shop.example.com", hosted_zone = "example.com"
        network          = "private", cidr = "10.30.0.0/16", zones = 3
        database         = "postgres", database_class = "db.t4g.medium", database_storage = 20, database_min_acu = 0.5, database_max_acu = 8
        database_standby = true, database_backup_days = 14
        valkey_class     = "cache.t4g.small", valkey_instances = 2, valkey_standby = true
      }
    }
  }

  assert {
    condition     = { for zone, subnet in aws_subnet.tasks : zone => subnet.cidr_block } == { zone-a = "10.30.64.0/20", zone-b = "10.30.80.0/20", zone-c = "10.30.96.0/20" }
    error_message = "Tasks have a /20 in each zone."
  }

  assert {
    condition     = join(" ", values(aws_subnet.public)[*].cidr_block) == "10.30.0.0/20 10.30.16.0/20 10.30.32.0/20" && join(" ", values(aws_subnet.data)[*].cidr_block) == "10.30.128.0/24 10.30.129.0/24 10.30.130.0/24"
    error_message = "The load balancer has a /20 in each zone, database and Valkey a /24."
  }

  assert {
    condition     = anytrue([for filter in data.aws_availability_zones.fargate[0].filter : filter.name == "zone-id" && contains(filter.values, "usw1-az3")])
    error_message = "Where Fargate is not in every zone, only those that have it are used."
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 1 && aws_ssm_parameter.contract["assign_public_ip"].insecure_value == "DISABLED"
    error_message = "Private: one NAT gateway, and no task has an address on the internet."
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "redirect" && length(aws_route53_record.site) == 1 && aws_ssm_parameter.contract["url"].insecure_value == "https://shop.example.com"
    error_message = "With a domain HTTP leads to HTTPS."
  }

  assert {
    condition     = startswith(aws_lb_listener.https[0].ssl_policy, "ELBSecurityPolicy-TLS13-1-2-")
    error_message = "TLS 1.3, or 1.2 at least."
  }

  assert {
    condition     = aws_db_instance.this[0].multi_az && aws_db_instance.this[0].deletion_protection && aws_db_instance.this[0].max_allocated_storage == 200
    error_message = "A protected database with a standby, which grows to ten times its size."
  }

  assert {
    condition     = [for parameter in aws_db_parameter_group.this[0].parameter : parameter.value if parameter.name == "rds.force_ssl"] == ["1"]
    error_message = "PostgreSQL refuses connections without TLS."
  }

  assert {
    condition = { for name, group in aws_elasticache_parameter_group.valkey : name => one(group.parameter).value } == {
      main = "noeviction", cache = "allkeys-lru"
    }
    error_message = "Two instances: one never forgets, one always makes room."
  }

  assert {
    condition     = alltrue([for group in aws_elasticache_replication_group.valkey : group.automatic_failover_enabled && group.num_cache_clusters == 2])
    error_message = "With a standby Valkey fails over."
  }

  assert {
    condition     = length(aws_sns_topic_subscription.email) == 1
    error_message = "Alarms go to the address."
  }
}

run "public_mysql_without_a_domain" {
  override_module {
    target = module.manifest
    outputs = {
      project            = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "", ci = "none" }
      name               = "staging"
      full_name          = "shop-staging"
      account_id         = ""
      alarm_email        = ""
      log_retention_days = 30
      protected          = false
      exec               = true
      platform = {
        domain           = "", hosted_zone = ""
        network          = "public", cidr = "10.20.0.0/16", zones = 2
        database         = "mysql", database_class = "db.t4g.micro", database_storage = 20, database_min_acu = 0.5, database_max_acu = 2
        database_standby = false, database_backup_days = 7
        valkey_class     = "cache.t4g.micro", valkey_instances = 1, valkey_standby = false
      }
    }
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 0 && aws_ssm_parameter.contract["assign_public_ip"].insecure_value == "ENABLED"
    error_message = "Public: no NAT gateway, an address for each task."
  }

  assert {
    condition     = alltrue([for route in aws_route.tasks : route.gateway_id == aws_internet_gateway.this[0].id])
    error_message = "Tasks go straight to the internet."
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "forward" && length(aws_lb_listener.https) == 0 && !contains(keys(aws_vpc_security_group_ingress_rule.internet_to_load_balancer), "https")
    error_message = "Without a domain there is no certificate, and so no HTTPS."
  }

  assert {
    condition     = aws_ssm_parameter.contract["url"].insecure_value == "http://shop-1.eu-west-1.elb.amazonaws.com"
    error_message = "Without a domain the site answers on the load balancer's own name."
  }

  assert {
    condition     = [for parameter in aws_db_parameter_group.this[0].parameter : parameter.value if parameter.name == "require_secure_transport"] == ["1"]
    error_message = "MySQL refuses connections without TLS."
  }

  assert {
    condition     = !aws_db_instance.this[0].performance_insights_enabled && !aws_db_instance.this[0].deletion_protection
    error_message = "MySQL's smallest classes have no Performance Insights, and this environment is not protected."
  }

  assert {
    condition     = aws_ssm_parameter.contract["database_connection"].insecure_value == "mysql" && aws_ssm_parameter.contract["database_port"].insecure_value == "3306"
    error_message = "Laravel must know what it connects to."
  }

  assert {
    condition     = length(aws_elasticache_replication_group.valkey) == 1 && one(aws_elasticache_parameter_group.valkey["main"].parameter).value == "volatile-lru"
    error_message = "A single Valkey forgets only what has a time to live."
  }

  assert {
    condition     = aws_ssm_parameter.contract["valkey_host"].insecure_value == aws_ssm_parameter.contract["valkey_cache_host"].insecure_value
    error_message = "A single Valkey is the cache, too."
  }

  assert {
    condition     = aws_s3_bucket.files.force_destroy
    error_message = "What is not protected can be deleted with its files."
  }

  assert {
    condition     = contains(data.aws_iam_policy_document.task.statement[*].sid, "OpenShell")
    error_message = "ECS Exec needs a channel."
  }
}

run "private_ha_aurora_postgres_with_dns_elsewhere" {
  command = plan

  override_module {
    target = module.manifest
    outputs = {
      project            = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "", ci = "none" }
      name               = "production"
      full_name          = "shop-production"
      account_id         = ""
      alarm_email        = ""
      log_retention_days = 30
      protected          = true
      exec               = false
      platform = {
        domain           = "shop.example.com", hosted_zone = ""
        network          = "private-ha", cidr = "10.30.0.0/16", zones = 3
        database         = "aurora-postgres", database_class = "db.t4g.medium", database_storage = 20, database_min_acu = 0, database_max_acu = 8
        database_standby = true, database_backup_days = 14
        valkey_class     = "cache.t4g.small", valkey_instances = 2, valkey_standby = false
      }
    }
  }

  assert {
    condition     = length(aws_nat_gateway.this) == 3
    error_message = "Private-ha: a NAT gateway in each zone."
  }

  assert {
    condition     = length(aws_db_instance.this) == 0 && length(aws_rds_cluster_instance.this) == 2 && alltrue([for instance in aws_rds_cluster_instance.this : instance.instance_class == "db.serverless"])
    error_message = "Aurora: two serverless instances with a standby."
  }

  assert {
    condition     = aws_rds_cluster.this[0].serverlessv2_scaling_configuration[0].min_capacity == 0 && aws_rds_cluster.this[0].serverlessv2_scaling_configuration[0].max_capacity == 8
    error_message = "Aurora scales as the manifest says."
  }

  assert {
    condition     = aws_rds_cluster.this[0].deletion_protection && [for parameter in aws_rds_cluster_parameter_group.this[0].parameter : parameter.value if parameter.name == "rds.force_ssl"] == ["1"]
    error_message = "A protected cluster that refuses connections without TLS."
  }

  assert {
    condition     = length(aws_acm_certificate.this) == 0 && aws_lb_listener.https[0].certificate_arn == data.aws_ssm_parameter.given["certificate_arn"].insecure_value
    error_message = "Where DNS is elsewhere, the contract names the certificate."
  }
}

run "aurora_mysql_without_a_standby" {
  command = plan

  override_module {
    target = module.manifest
    outputs = {
      project            = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "", ci = "none" }
      name               = "staging"
      full_name          = "shop-staging"
      account_id         = ""
      alarm_email        = ""
      log_retention_days = 30
      protected          = false
      exec               = false
      platform = {
        domain           = "shop.example.com", hosted_zone = "shop.example.com"
        network          = "private", cidr = "10.20.0.0/16", zones = 2
        database         = "aurora-mysql", database_class = "db.t4g.micro", database_storage = 20, database_min_acu = 0.5, database_max_acu = 2
        database_standby = false, database_backup_days = 7
        valkey_class     = "cache.t4g.micro", valkey_instances = 1, valkey_standby = true
      }
    }
  }

  assert {
    condition     = length(aws_rds_cluster_instance.this) == 1 && aws_ssm_parameter.contract["database_connection"].insecure_value == "mysql"
    error_message = "One instance of Aurora MySQL."
  }

  assert {
    condition     = [for parameter in aws_rds_cluster_parameter_group.this[0].parameter : parameter.value if parameter.name == "require_secure_transport"] == ["ON"]
    error_message = "Aurora MySQL refuses connections without TLS."
  }
}

run "a_network_and_a_database_of_ones_own" {
  command = plan

  override_data {
    target = data.aws_ssm_parameter.given
    values = { insecure_value = "subnet-1,subnet-2" }
  }

  override_module {
    target = module.manifest
    outputs = {
      project            = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "", ci = "none" }
      name               = "production"
      full_name          = "shop-production"
      account_id         = ""
      alarm_email        = ""
      log_retention_days = 30
      protected          = true
      exec               = false
      platform = {
        domain           = "shop.example.com", hosted_zone = "example.com"
        network          = "existing", cidr = "10.30.0.0/16", zones = 3
        database         = "external", database_class = null, database_storage = 20, database_min_acu = 0.5, database_max_acu = 8
        database_standby = false, database_backup_days = 14
        valkey_class     = "cache.t4g.small", valkey_instances = 2, valkey_standby = true
      }
    }
  }

  assert {
    condition     = length(aws_vpc.this) + length(aws_subnet.tasks) + length(aws_nat_gateway.this) + length(aws_vpc_endpoint.s3) == 0
    error_message = "Nothing of an existing network is made anew."
  }

  assert {
    condition     = aws_lb.this.subnets == toset(["subnet-1", "subnet-2"]) && aws_elasticache_subnet_group.this.subnet_ids == toset(["subnet-1", "subnet-2"])
    error_message = "The contract says where the load balancer and Valkey go."
  }

  assert {
    condition     = length(aws_db_instance.this) + length(aws_rds_cluster.this) + length(aws_security_group.database) == 0
    error_message = "No database is made beside one's own."
  }

  assert {
    condition     = length(setintersection(keys(aws_ssm_parameter.contract), ["vpc_id", "task_subnet_ids", "assign_public_ip", "database_host", "database_name"])) == 0
    error_message = "What a team writes itself is never overwritten."
  }
}

run "no_domain_is_a_warning" {
  command = plan

  variables {
    mocked = false
  }

  override_module {
    target = module.manifest
    outputs = {
      project            = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "", ci = "none" }
      name               = "staging"
      full_name          = "shop-staging"
      account_id         = ""
      alarm_email        = ""
      log_retention_days = 30
      protected          = false
      exec               = false
      platform = {
        domain           = "", hosted_zone = ""
        network          = "public", cidr = "10.20.0.0/16", zones = 2
        database         = "external", database_class = null, database_storage = 20, database_min_acu = 0.5, database_max_acu = 2
        database_standby = false, database_backup_days = 7
        valkey_class     = "cache.t4g.micro", valkey_instances = 1, valkey_standby = false
      }
    }
  }

  expect_failures = [check.encryption]
}

# ── Roles: an asterisk only where AWS has nothing narrower ───────────────────────────────────────
run "least_privilege" {
  override_module {
    target = module.manifest
    outputs = {
      project            = { slug = "shop", name = "Shop", region = "eu-west-1", architecture = "arm64", repository = "", ci = "none" }
      name               = "production"
      full_name          = "shop-production"
      account_id         = ""
      alarm_email        = ""
      log_retention_days = 30
      protected          = true
      exec               = false
      platform = {
        domain           = "shop.example.com", hosted_zone = "example.com"
        network          = "private", cidr = "10.30.0.0/16", zones = 2
        database         = "postgres", database_class = "db.t4g.medium", database_storage = 20, database_min_acu = 0.5, database_max_acu = 8
        database_standby = true, database_backup_days = 14
        valkey_class     = "cache.t4g.small", valkey_instances = 2, valkey_standby = true
      }
    }
  }

  assert {
    condition = alltrue([
      for statement in concat(
        data.aws_iam_policy_document.execution.statement,
        data.aws_iam_policy_document.task.statement,
        data.aws_iam_policy_document.schedule.statement,
      ) : statement.sid == "LogInToEcr" if contains(statement.resources, "*")
    ])
    error_message = "A statement may name * only where AWS has nothing narrower; those are listed here."
  }

  assert {
    condition = flatten([
      for statement in data.aws_iam_policy_document.execution.statement : tolist(statement.resources) if contains(statement.actions, "ssm:GetParameters")
    ]) == ["arn:aws:ssm:eu-west-1:111122223333:parameter/shop/production/secrets/*"]
    error_message = "Containers get this environment's secrets, and no others."
  }

  assert {
    condition = flatten([
      for statement in data.aws_iam_policy_document.schedule.statement : tolist(statement.resources) if contains(statement.actions, "ecs:RunTask")
    ]) == ["arn:aws:ecs:eu-west-1:111122223333:task-definition/shop-production-schedule:*"]
    error_message = "EventBridge starts the schedule, and nothing else."
  }

  assert {
    condition     = !contains(data.aws_iam_policy_document.task.statement[*].sid, "OpenShell")
    error_message = "No shell unless the manifest says so."
  }
}
