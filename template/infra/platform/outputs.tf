output "url" {
  description = "Where the site answers."
  value       = local.url
}

output "load_balancer" {
  description = "The load balancer's own name."
  value       = aws_lb.this.dns_name
}

output "dns" {
  description = "What has to stand in DNS for the domain to work; null without one, or where it is in Route 53."
  value       = local.has_domain && !local.make_domain ? "${local.platform.domain} must be a CNAME (at the top of a zone: an ALIAS) of ${aws_lb.this.dns_name}" : null
}

output "database" {
  description = "The database's host name; null where it is yours."
  value       = local.make_database ? local.connection.database_host : null
}

output "final_snapshot" {
  description = "The snapshot that is left when the database is deleted."
  value       = local.final_snapshot
}

output "valkey_replication_group_ids" {
  description = "The Valkey instances, each of which gets the password REDIS_PASSWORD."
  value       = [for name, group in aws_elasticache_replication_group.valkey : group.replication_group_id]
}

output "bucket" {
  description = "Where the application's files lie."
  value       = aws_s3_bucket.files.bucket
}
