locals {
  container_port = 8080 # nginx in CONTAINER_MODE=proxy
}

resource "aws_lb" "this" {
  name               = local.full_name
  load_balancer_type = "application"
  subnets            = local.public_subnet_ids
  security_groups    = [aws_security_group.load_balancer.id]

  # Shorter than nginx's keep-alive (75 s), so that a connection is never closed under a request.
  idle_timeout               = 60
  drop_invalid_header_fields = true
  enable_deletion_protection = module.manifest.protected

  depends_on = [aws_internet_gateway.this] # AWS makes none where the internet cannot reach it
}

# A task gets requests 10 s after it answers, and none any more 15 s after it ceased to.
resource "aws_lb_target_group" "web" {
  name        = local.full_name
  vpc_id      = local.vpc_id
  target_type = "ip"
  protocol    = "HTTP"
  port        = local.container_port

  # PHP's longest request has 55 s (request_terminate_timeout in docker/php-fpm.conf).
  deregistration_delay = 60

  health_check {
    path                = "/up"
    matcher             = "200"
    interval            = 5
    timeout             = 4
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTP"
  port              = 80

  default_action {
    type             = local.has_domain ? "redirect" : "forward"
    target_group_arn = local.has_domain ? null : aws_lb_target_group.web.arn

    dynamic "redirect" {
      for_each = local.has_domain ? ["HTTPS"] : []

      content {
        protocol    = redirect.value
        port        = "443"
        status_code = "HTTP_301"
      }
    }
  }

  # A site that gets a domain goes on over HTTP until its certificate is there.
  depends_on = [aws_lb_listener.https]
}

resource "aws_lb_listener" "https" {
  count = local.has_domain ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06" # TLS 1.3, and of 1.2 only what has forward secrecy
  certificate_arn   = local.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

locals {
  url = local.has_domain ? "https://${local.platform.domain}" : "http://${aws_lb.this.dns_name}"
}

# A warning in each plan, and no more than that: some environments live a day.
check "encryption" {
  assert {
    condition     = local.has_domain || var.mocked
    error_message = "${module.manifest.name} has no domain, so nothing is encrypted: anybody on the way can read passwords and take over sessions. Set platform.domain in infra/environments/${module.manifest.name}.yml before anybody logs in."
  }
}
