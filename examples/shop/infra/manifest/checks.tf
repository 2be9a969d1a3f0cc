# What a manifest may say. A rule is a pattern over a value's JSON, which tells 512 from "512". Every
# fault is reported at once, each with its key, what is allowed and what stands there.

locals {
  retention_days = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
  ]
  required_secrets = ["APP_KEY", "DB_PASSWORD", "REDIS_PASSWORD"]
  reserved = [
    "CONTAINER_MODE", "WORKLOAD", "WORKLOAD_CPU", "WORKLOAD_MEMORY",
    "QUEUES", "QUEUE_TIMEOUT", "QUEUE_TRIES", "QUEUE_SLEEP", "STOP_TIMEOUT",
    "SCHEDULE_TIME", "BACKLOG_QUEUES", "METRICS_NAMESPACE", "RELEASE",
  ]

  host    = "([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?[.])+[a-z]([a-z0-9-]*[a-z0-9])"
  private = "10|172[.](1[6-9]|2[0-9]|3[01])|192[.]168|100[.](6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])"
  boolean = { pattern = "^(true|false)$", allowed = "true or false" }
  half    = { pattern = "^[0-9]+([.]5)?$", allowed = "a number in steps of 0.5" }
  whole   = { pattern = "^(0|[1-9][0-9]*)$", allowed = "a whole number" }
  mapping = { pattern = "^{", allowed = "a mapping" }

  rules = {
    manifest = {
      account_id         = { pattern = "^\"([0-9]{12})?\"$", allowed = "twelve digits in quotes, or \"\"" }
      alarm_email        = { pattern = "^\"([^ \"@]+@${local.host})?\"$", allowed = "an address, or \"\"" }
      log_retention_days = { pattern = "^(${join("|", local.retention_days)})$", allowed = join(", ", local.retention_days) }
      protected          = local.boolean
      exec               = local.boolean
      platform           = local.mapping
      workloads          = local.mapping
      environment        = { pattern = "^({|null)", allowed = "a mapping" }
      secrets            = { pattern = "^\\[", allowed = "a list" }
    }

    platform = {
      domain      = { pattern = "^\"(${local.host})?\"$", allowed = "a host name, or \"\"" }
      hosted_zone = { pattern = "^\"(${local.host})?\"$", allowed = "a domain in Route 53, or \"\"" }

      network = { pattern = "^\"(private|private-ha|public|existing)\"$", allowed = "private, private-ha, public, existing" }
      cidr    = { pattern = "^\"(${local.private})[.][0-9.]+/16\"$", allowed = "a private network of 16 bits, such as 10.30.0.0/16" }
      zones   = { pattern = "^[234]$", allowed = "2, 3, 4" }

      database             = { pattern = "^\"(mysql|postgres|aurora-mysql|aurora-postgres|external)\"$", allowed = "mysql, postgres, aurora-mysql, aurora-postgres, external" }
      database_class       = { pattern = "^\"db[.][a-z0-9-]+[.][a-z0-9]+\"$", allowed = "a class of RDS, such as db.t4g.micro" }
      database_storage     = { pattern = "^([2-9][0-9]|[1-9][0-9]{2,3})$", allowed = "20 to 9999" }
      database_min_acu     = local.half
      database_max_acu     = local.half
      database_standby     = local.boolean
      database_backup_days = { pattern = "^([1-9]|[12][0-9]|3[0-5])$", allowed = "1 to 35" }

      valkey_class     = { pattern = "^\"cache[.][a-z0-9-]+[.][a-z0-9]+\"$", allowed = "a class of ElastiCache, such as cache.t4g.micro" }
      valkey_instances = { pattern = "^[12]$", allowed = "1, 2" }
      valkey_standby   = local.boolean
    }

    task = {
      kind   = { pattern = "^\"(web|queue|schedule|migrate|artisan)\"$", allowed = "queue, or nothing for a workload named after its kind" }
      cpu    = { pattern = "^(${join("|", local.cpus)})$", allowed = join(", ", local.cpus) }
      memory = local.whole
    }
    service = {
      min = { pattern = "^(0|[1-9][0-9]{0,2}|1000)$", allowed = "0 to 1000" }
      max = { pattern = "^([1-9][0-9]{0,2}|1000)$", allowed = "1 to 1000" }
    }
    queue = {
      queues           = { pattern = "^\\[\"[A-Za-z0-9_:.-]+\"(,\"[A-Za-z0-9_:.-]+\")*]$", allowed = "a list of names, the most urgent first" }
      timeout          = { pattern = "^([1-9][0-9]{0,3}|[1-7][0-9]{4}|8[0-5][0-9]{3}|86[0-3][0-9]{2}|86400)$", allowed = "1 to 110, or up to 86400, where ECS protects the task while a job runs" }
      tries            = { pattern = "^([1-9][0-9]?|100)$", allowed = "1 to 100" }
      sleep            = { pattern = "^([1-9]|[1-5][0-9]|60)$", allowed = "1 to 60" }
      backlog_per_task = { pattern = "^([1-9][0-9]{0,4}|100000)$", allowed = "1 to 100000" }
    }
    schedule = {
      trigger  = { pattern = "^\"(rule|scheduler|service)\"$", allowed = "rule, scheduler, service" }
      capacity = { pattern = "^\"(on-demand|spot)\"$", allowed = "on-demand, spot" }
    }
  }

  by_kind = {
    web      = merge(local.rules.task, local.rules.service)
    queue    = merge(local.rules.task, local.rules.service, local.rules.queue)
    schedule = merge(local.rules.task, local.rules.schedule)
    migrate  = local.rules.task
    artisan  = local.rules.task
  }

  # Without these a manifest cannot mean anything; the rest has a default.
  required = concat(
    ["account_id", "log_retention_days", "protected", "platform", "workloads", "secrets"],
    ["platform.network", "platform.cidr", "platform.database", "platform.valkey_class"],
    [for kind in ["web", "queue", "schedule", "migrate"] : "workloads.${kind}"],
    flatten([
      for name in keys(local.declared) : [
        for key in contains(["web", "queue"], local.kinds[name]) ? ["cpu", "memory", "min", "max"] : ["cpu", "memory"] :
        "workloads.${name}.${key}"
      ]
    ]),
  )
}

# ── Every key that may stand there, with its rule; every key that does, with its value ───────────
locals {
  allowed = merge(
    local.rules.manifest,
    { for key, rule in local.rules.platform : "platform.${key}" => rule },
    { for name in keys(local.declared) : "workloads.${name}" => local.mapping },
    [
      for name in keys(local.declared) : {
        for key, rule in try(local.by_kind[local.kinds[name]], { kind = local.rules.task.kind }) :
        "workloads.${name}.${key}" => rule
      }
    ]...
  )

  found = merge(
    try({ for key, value in local.manifest : key => jsonencode(value) }, {}),
    try({ for key, value in local.manifest.platform : "platform.${key}" => jsonencode(value) }, {}),
    { for name, workload in local.declared : "workloads.${name}" => jsonencode(workload) },
    [
      for name, workload in local.declared : {
        for key, value in try({ for key, value in workload : key => value }, {}) :
        "workloads.${name}.${key}" => jsonencode(value)
      }
    ]...
  )

  # "workloads.web." => ["cpu", "memory", ...]
  siblings = { for key in keys(local.allowed) : replace(key, "/[^.]+$/", "") => replace(key, "/^.*[.]/", "")... }

  # Keys of an unknown kind of workload say nothing new once its kind is refused.
  unknown_kinds = [for name, kind in local.kinds : name if !contains(keys(local.by_kind), kind)]
}

# ── What does not fit together ───────────────────────────────────────────────────────────────────
locals {
  # "512, 1024, 2048", or where there are many "2048 to 8192 by 1024"
  spans = {
    for cpu, memory in local.fargate :
    cpu => length(memory) <= 4 ? join(", ", memory) : "${memory[0]} to ${reverse(memory)[0]} by ${memory[1] - memory[0]}"
  }

  sizes = {
    for name, workload in local.workloads : name => {
      workload = workload
      memory   = try(local.fargate[tostring(workload.cpu)], null)
    }
    if contains(keys(local.declared), name)
  }

  conflicts = concat(
    [
      for name, size in local.sizes :
      "workloads.${name}.memory: with cpu ${size.workload.cpu} Fargate has ${local.spans[size.workload.cpu]}; not ${size.workload.memory}"
      if try(!contains(size.memory, size.workload.memory), false)
    ],
    [
      for name, workload in local.workloads :
      "workloads.${name}.min: at most max, which is ${workload.max}; not ${workload.min}"
      if try(workload.min > workload.max, false)
    ],
    [
      for name, workload in local.workloads :
      "workloads.${name}.min: at least 1, because a site without a web task answers nobody"
      if workload.kind == "web" && try(workload.min < 1, false)
    ],
    [
      for name, kind in local.kinds :
      "workloads.${name}.kind: there is one ${kind} workload, and it is named ${kind}"
      if kind != name && contains(["web", "schedule", "migrate", "artisan"], kind)
    ],
    [
      for name, kind in local.kinds :
      "workloads.${name}.kind: ${name} is a kind itself; a worker needs another name"
      if kind == "queue" && contains(["web", "schedule", "migrate", "artisan"], name)
    ],
    [
      for name in local.unknown_kinds :
      "workloads.${name}.kind: missing; with `kind: queue` it is a worker of its own"
      if !contains(keys(local.found), "workloads.${name}.kind")
    ],
    [
      for name in keys(local.declared) :
      "workloads.${name}: a name is 1 to 20 lower-case letters, digits and hyphens, a letter first"
      if !can(regex("^[a-z][a-z0-9-]{0,19}$", name))
    ],
    [
      for name in keys(local.declared) : "workloads.${name}: this name is taken, choose another one"
      if contains(["proxy", "schedule-loop"], name)
    ],
    [
      for name in ["cidr"] : "platform.cidr: the first address of a private network, such as 10.30.0.0/16; not ${local.platform.cidr}"
      if try(cidrsubnet(local.platform.cidr, 0, 0) != local.platform.cidr, local.platform.cidr != null)
    ],
    [
      for zone in [local.platform.hosted_zone] : "platform.hosted_zone: ${local.platform.domain} does not lie in ${zone}"
      if zone != "" && local.platform.domain != zone && !endswith(local.platform.domain, ".${zone}")
    ],
    [
      for acu in [local.platform.database_max_acu] : "platform.database_max_acu: at least 1, and not below database_min_acu; not ${acu}"
      if try(acu < 1 || acu < local.platform.database_min_acu, false)
    ],
    [
      for name in local.required_secrets : "secrets: ${name} is missing, no container starts without it"
      if local.lists_secrets && !contains(local.secrets, name)
    ],
    try([for name in local.manifest.secrets : "secrets: a line without a name" if name == null], []),
    [
      for name in flatten(try([for name in local.manifest.secrets : try(keys(name), [])], [])) :
      "secrets: ${name} alone, and its value with bin/ecs secret ${var.environment} set ${name}"
    ],
    [
      for name in concat(formatlist("environment.%s", keys(local.environment)), formatlist("secrets.%s", local.secrets)) :
      "${name}: a variable is named like this: MAIL_FROM_2"
      if !can(regex("^[a-z]+[.][A-Za-z_][A-Za-z0-9_]*$", name))
    ],
    [
      for name in keys(local.environment) : "environment.${name}: it stands below secrets, too; one of both"
      if contains(local.secrets, name)
    ],
    [
      for name in concat(keys(local.environment), local.secrets) : "environment.${name}: the task definition sets it, from the workload"
      if contains(local.reserved, name)
    ],
    [
      for name, value in try({ for name, value in local.manifest.environment : name => value }, {}) : "environment.${name}: one value, such as \"on\"; not ${jsonencode(value)}"
      if !can(tostring(value)) || value == null
    ],
    [
      for value in [try(coalesce(tostring(local.manifest.environment.DB_TLS)), "false")] : "environment.DB_TLS: true or false; not ${value}"
      if !contains(["true", "false"], value)
    ],
  )
}

locals {
  problems = (
    !contains(local.known, var.environment)
    ? ["there is none; the environments are ${join(", ", local.known)}"]
    : !can(keys(local.manifest))
    ? ["not a mapping, or not YAML at all"]
    : concat(
      [for key in local.required : "${key}: missing" if !contains(keys(local.found), key)],
      [
        for key, rule in local.allowed :
        "${key}: ${rule.allowed}; not ${local.found[key]}"
        if try(!can(regex(rule.pattern, local.found[key])) && local.found[key] != "", false)
      ],
      [
        for key in keys(local.found) :
        "${key}: unknown; known are ${join(", ", local.siblings[replace(key, "/[^.]+$/", "")])}"
        if !contains(keys(local.allowed), key) && !anytrue([for name in local.unknown_kinds : startswith(key, "workloads.${name}.")])
      ],
      local.conflicts,
    )
  )
}

# ── infra/project.yml, which holds for every manifest ────────────────────────────────────────────
locals {
  project_rules = {
    slug         = { pattern = "^\"[a-z][a-z0-9-]{0,19}\"$", allowed = "1 to 20 lower-case letters, digits and hyphens" }
    name         = { pattern = "^\".+\"$", allowed = "a name" }
    region       = { pattern = "^\"[a-z]+(-[a-z]+)+-[0-9]\"$", allowed = "a region, such as eu-central-1" }
    architecture = { pattern = "^\"(arm64|x86_64)\"$", allowed = "arm64, x86_64" }
    repository   = { pattern = "^\"([A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+)?\"$", unless = "^\"(github|gitlab)[.]com/|[.]git\"$", allowed = "owner/name, without host and .git, or \"\"" }
    ci           = { pattern = "^\"(github|gitlab|none)\"$", allowed = "github, gitlab, none" }
  }
  project_found = try({ for key, value in local.project : key => jsonencode(value) }, {})

  project_problems = !can(keys(local.project)) ? ["not a mapping, or not YAML at all"] : concat(
    [for key in keys(local.project_rules) : "${key}: missing" if !contains(keys(local.project), key)],
    [
      for key, rule in local.project_rules : "${key}: ${rule.allowed}; not ${jsonencode(local.project[key])}"
      if contains(keys(local.project), key) && (!can(regex(rule.pattern, local.project_found[key])) || can(regex(rule.unless, local.project_found[key])))
    ],
    [
      for key in keys(local.project) : "${key}: unknown; known are ${join(", ", keys(local.project_rules))}"
      if !contains(keys(local.project_rules), key)
    ],
  )
}
