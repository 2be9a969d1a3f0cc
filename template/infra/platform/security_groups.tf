# The internet reaches the load balancer, the load balancer the tasks, the tasks database and Valkey, and
# whatever is outside. Nothing else reaches anything here.

resource "aws_security_group" "load_balancer" {
  name        = "${local.full_name}-load-balancer"
  description = "From the internet to the load balancer"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.full_name}-load-balancer" }
}

resource "aws_vpc_security_group_ingress_rule" "internet_to_load_balancer" {
  for_each = local.has_domain ? { http = 80, https = 443 } : { http = 80 }

  security_group_id = aws_security_group.load_balancer.id
  description       = each.key == "https" ? "The site" : local.has_domain ? "Redirected to HTTPS" : "The site, unencrypted: there is no domain"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_egress_rule" "load_balancer_to_tasks" {
  security_group_id            = aws_security_group.load_balancer.id
  description                  = "Requests and health checks"
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = local.container_port
  to_port                      = local.container_port
}

resource "aws_security_group" "tasks" {
  name        = "${local.full_name}-tasks"
  description = "From the load balancer to the tasks"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.full_name}-tasks" }
}

resource "aws_vpc_security_group_ingress_rule" "load_balancer_to_tasks" {
  security_group_id            = aws_security_group.tasks.id
  description                  = "Requests and health checks"
  referenced_security_group_id = aws_security_group.load_balancer.id
  ip_protocol                  = "tcp"
  from_port                    = local.container_port
  to_port                      = local.container_port
}

resource "aws_vpc_security_group_egress_rule" "tasks_to_anywhere" {
  security_group_id = aws_security_group.tasks.id
  description       = "AWS, mail, payment, whatever the application talks to"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "-1"
}

resource "aws_security_group" "database" {
  count = local.make_database ? 1 : 0

  name        = "${local.full_name}-database"
  description = "From the tasks to the database"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.full_name}-database" }
}

resource "aws_vpc_security_group_ingress_rule" "tasks_to_database" {
  count = local.make_database ? 1 : 0

  security_group_id            = aws_security_group.database[0].id
  description                  = "Queries"
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = local.database.port
  to_port                      = local.database.port
}

resource "aws_security_group" "valkey" {
  name        = "${local.full_name}-valkey"
  description = "From the tasks to Valkey"
  vpc_id      = local.vpc_id

  tags = { Name = "${local.full_name}-valkey" }
}

resource "aws_vpc_security_group_ingress_rule" "tasks_to_valkey" {
  security_group_id            = aws_security_group.valkey.id
  description                  = "Cache, sessions, queue, locks"
  referenced_security_group_id = aws_security_group.tasks.id
  ip_protocol                  = "tcp"
  from_port                    = local.valkey_port
  to_port                      = local.valkey_port
}
