resource "aws_ecs_cluster" "this" {
  name = local.full_name

  # Task counts per service, which the alarms look at. `enhanced` would add metrics per task, and the
  # schedule starts 1,440 of those a day.
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]

  default_capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
}
