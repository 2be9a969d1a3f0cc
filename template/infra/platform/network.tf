# Three subnets in each availability zone:
#
#   public   load balancer and NAT gateways       10.30.0.0/20   10.30.16.0/20   10.30.32.0/20
#   tasks    what runs; an address per task       10.30.64.0/20  10.30.80.0/20   10.30.96.0/20
#   data     database and Valkey, no way out      10.30.128.0/24 10.30.129.0/24  10.30.130.0/24
#
# The kind of network decides nothing but how tasks get out: by a NAT gateway (private: one for all zones,
# private-ha: one in each) or by addresses of their own (public). So it can change later without moving
# anything. With `existing` nothing of this file is made, and the contract says what there is.

locals {
  make_network = local.platform.network != "existing"

  # Where Fargate is not in every zone; zone ids, because an account's zone names are its own. The first zones by
  # name are used, also while one of them is in trouble, and a new zone's name comes last: the choice stays.
  fargate_zones = {
    ap-northeast-1 = ["apne1-az1", "apne1-az2", "apne1-az4"]
    us-west-1      = ["usw1-az1", "usw1-az3"]
  }

  zone_names = local.make_network ? slice(sort(data.aws_availability_zones.fargate[0].names), 0, local.platform.zones) : []
  zones      = { for number, zone in local.zone_names : zone => number }

  nat_zones = {
    private    = slice(local.zone_names, 0, min(1, length(local.zone_names)))
    private-ha = local.zone_names
    public     = []
    existing   = []
  }[local.platform.network]
}

data "aws_availability_zones" "fargate" {
  count = local.make_network ? 1 : 0

  filter {
    name   = "zone-type"
    values = ["availability-zone"]
  }

  dynamic "filter" {
    for_each = try([local.fargate_zones[local.region]], [])

    content {
      name   = "zone-id"
      values = filter.value
    }
  }

  lifecycle {
    postcondition {
      condition     = length(self.names) >= local.platform.zones
      error_message = "platform.zones: at most ${length(self.names)}, the zones of ${local.region} that have Fargate; not ${local.platform.zones}"
    }
  }
}

resource "aws_vpc" "this" {
  count = local.make_network ? 1 : 0

  cidr_block           = local.platform.cidr
  enable_dns_hostnames = true

  tags = { Name = local.full_name }
}

# What is forgotten in the default group can talk to nobody.
resource "aws_default_security_group" "this" {
  count = local.make_network ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = "${local.full_name}-default" }
}

# ── Subnets ──────────────────────────────────────────────────────────────────────────────────────
resource "aws_subnet" "public" {
  for_each = local.zones

  vpc_id            = aws_vpc.this[0].id
  availability_zone = each.key
  cidr_block        = cidrsubnet(local.platform.cidr, 4, each.value)

  tags = { Name = "${local.full_name}-public-${each.key}" }
}

resource "aws_subnet" "tasks" {
  for_each = local.zones

  vpc_id            = aws_vpc.this[0].id
  availability_zone = each.key
  cidr_block        = cidrsubnet(local.platform.cidr, 4, 4 + each.value)

  tags = { Name = "${local.full_name}-tasks-${each.key}" }
}

resource "aws_subnet" "data" {
  for_each = local.zones

  vpc_id            = aws_vpc.this[0].id
  availability_zone = each.key
  cidr_block        = cidrsubnet(local.platform.cidr, 8, 128 + each.value)

  tags = { Name = "${local.full_name}-data-${each.key}" }
}

# ── Ways out ─────────────────────────────────────────────────────────────────────────────────────
resource "aws_internet_gateway" "this" {
  count = local.make_network ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = local.full_name }
}

resource "aws_eip" "nat" {
  for_each = toset(local.nat_zones)

  domain = "vpc"

  tags = { Name = "${local.full_name}-nat-${each.key}" }
}

resource "aws_nat_gateway" "this" {
  for_each = toset(local.nat_zones)

  allocation_id = aws_eip.nat[each.key].id
  subnet_id     = aws_subnet.public[each.key].id

  tags = { Name = "${local.full_name}-${each.key}" }

  depends_on = [aws_internet_gateway.this]
}

resource "aws_route_table" "public" {
  count = local.make_network ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = "${local.full_name}-public" }
}

resource "aws_route" "public" {
  count = local.make_network ? 1 : 0

  route_table_id         = aws_route_table.public[0].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this[0].id
}

resource "aws_route_table_association" "public" {
  for_each = local.zones

  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public[0].id
}

# One table per zone, so that a NAT gateway per zone is a change of routes and nothing else.
resource "aws_route_table" "tasks" {
  for_each = local.zones

  vpc_id = aws_vpc.this[0].id

  tags = { Name = "${local.full_name}-tasks-${each.key}" }
}

resource "aws_route" "tasks" {
  for_each = local.zones

  route_table_id         = aws_route_table.tasks[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = local.platform.network == "public" ? aws_internet_gateway.this[0].id : null
  nat_gateway_id         = local.platform.network == "public" ? null : try(aws_nat_gateway.this[each.key], aws_nat_gateway.this[local.nat_zones[0]]).id
}

resource "aws_route_table_association" "tasks" {
  for_each = local.zones

  subnet_id      = aws_subnet.tasks[each.key].id
  route_table_id = aws_route_table.tasks[each.key].id
}

resource "aws_route_table" "data" {
  count = local.make_network ? 1 : 0

  vpc_id = aws_vpc.this[0].id

  tags = { Name = "${local.full_name}-data" }
}

resource "aws_route_table_association" "data" {
  for_each = local.zones

  subnet_id      = aws_subnet.data[each.key].id
  route_table_id = aws_route_table.data[0].id
}

# An image's layers come from S3, and the schedule pulls the image every minute: through a NAT gateway that
# would cost more than everything else, through this it costs nothing. An existing network needs one as well.
resource "aws_vpc_endpoint" "s3" {
  count = local.make_network ? 1 : 0

  vpc_id            = aws_vpc.this[0].id
  service_name      = "${data.aws_partition.current.reverse_dns_prefix}.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = values(aws_route_table.tasks)[*].id

  tags = { Name = "${local.full_name}-s3" }
}

# What the rest of this layer uses, made here or not.
locals {
  vpc_id            = local.make_network ? one(aws_vpc.this[*].id) : local.given.vpc_id
  public_subnet_ids = local.make_network ? [for zone in local.zone_names : aws_subnet.public[zone].id] : split(",", local.given.public_subnet_ids)
  data_subnet_ids   = local.make_network ? [for zone in local.zone_names : aws_subnet.data[zone].id] : split(",", local.given.data_subnet_ids)
}
