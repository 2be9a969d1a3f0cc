terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7"
    }
  }

  # bin/ecs adds bucket, key and region.
  backend "s3" {
    use_lockfile = true
    encrypt      = true
  }
}

provider "aws" {
  region = local.project.region

  default_tags {
    tags = {
      Project   = local.project.slug
      ManagedBy = "terraform"
    }
  }
}
