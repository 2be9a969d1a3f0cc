output "repository_url" {
  description = "Where images are pushed to."
  value       = aws_ecr_repository.images.repository_url
}

output "cache_url" {
  description = "Where a build keeps its layers for the next one."
  value       = aws_ecr_repository.cache.repository_url
}

output "build_role_arn" {
  description = "What the pipeline assumes on main to push an image; null without a repository or a pipeline."
  value       = one(aws_iam_role.build[*].arn)
}

output "deploy_role_arns" {
  description = "Environment to what the pipeline assumes to release there."
  value       = { for name, role in aws_iam_role.deploy : name => role.arn }
}
