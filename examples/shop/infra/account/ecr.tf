# Every environment of the account runs the same images: what staging tried is what production gets.

resource "aws_ecr_repository" "images" {
  name                 = local.project.slug
  image_tag_mutability = "IMMUTABLE" # a tag is a commit, and a commit never changes

  image_scanning_configuration {
    scan_on_push = true
  }
}

# ECR cannot say "never an image in use", and counts what was built, released or not: production's image would go with
# the thousandth push to main after it. `bin/ecs doctor` says when it has gone. What an image index points to has no
# tag of its own and goes once its index is gone.
resource "aws_ecr_lifecycle_policy" "images" {
  repository = aws_ecr_repository.images.name

  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "The last 1000 builds"
        selection    = { tagStatus = "tagged", tagPatternList = ["*"], countType = "imageCountMoreThan", countNumber = 1000 }
        action       = { type = "expire" }
      },
      {
        rulePriority = 2
        description  = "Parts of images that are gone"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
        action       = { type = "expire" }
      },
    ]
  })
}

# Layers of the last builds, for the next one. Nothing ever runs from here.
resource "aws_ecr_repository" "cache" {
  name                 = "${local.project.slug}-cache"
  image_tag_mutability = "MUTABLE" # each build replaces the one before it
  force_delete         = true

  image_scanning_configuration {
    scan_on_push = true
  }
}

resource "aws_ecr_lifecycle_policy" "cache" {
  repository = aws_ecr_repository.cache.name

  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "The last 5 builds"
        selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 5 }
        action       = { type = "expire" }
      },
    ]
  })
}
