# The host name and its certificate. With a zone in Route 53 both are made and renewed here; where DNS is
# elsewhere, the contract names a certificate, and the domain has to point at the load balancer by hand.

locals {
  has_domain  = local.platform.domain != ""
  make_domain = local.has_domain && local.platform.hosted_zone != ""

  certificate_arn = local.make_domain ? one(aws_acm_certificate_validation.this[*].certificate_arn) : lookup(local.given, "certificate_arn", null)
}

data "aws_route53_zone" "this" {
  count = local.make_domain ? 1 : 0

  name         = local.platform.hosted_zone
  private_zone = false
}

resource "aws_acm_certificate" "this" {
  count = local.make_domain ? 1 : 0

  domain_name       = local.platform.domain
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true # a listener is never without one
  }
}

resource "aws_route53_record" "validation" {
  count = local.make_domain ? 1 : 0

  zone_id         = data.aws_route53_zone.this[0].zone_id
  name            = one(aws_acm_certificate.this[0].domain_validation_options).resource_record_name
  type            = one(aws_acm_certificate.this[0].domain_validation_options).resource_record_type
  records         = [one(aws_acm_certificate.this[0].domain_validation_options).resource_record_value]
  ttl             = 300
  allow_overwrite = true # the same record proves the domain to a second certificate
}

resource "aws_acm_certificate_validation" "this" {
  count = local.make_domain ? 1 : 0

  certificate_arn         = aws_acm_certificate.this[0].arn
  validation_record_fqdns = [aws_route53_record.validation[0].fqdn]
}

resource "aws_route53_record" "site" {
  count = local.make_domain ? 1 : 0

  zone_id = data.aws_route53_zone.this[0].zone_id
  name    = local.platform.domain
  type    = "A"

  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = false # there is no second site to answer instead
  }
}
