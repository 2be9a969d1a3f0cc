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
  region              = module.manifest.project.region
  allowed_account_ids = module.manifest.account_id == "" ? null : [module.manifest.account_id]

  default_tags {
    tags = {
      Project     = module.manifest.project.slug
      Environment = module.manifest.name
      ManagedBy   = "terraform"
    }
  }
}
