# terraform test -var environment=production

run "this_environment_can_be_used" {
  command = plan

  assert {
    condition     = output.workloads["artisan"].memory >= 512
    error_message = "bin/ecs artisan has no task to run in."
  }

  assert {
    condition     = alltrue([for workload in output.workloads : workload.stop_timeout <= 120])
    error_message = "Fargate stops a container after 120 seconds at the latest."
  }

  assert {
    condition     = alltrue([for workload in output.workloads : workload.timeout < workload.stop_timeout || workload.is_long if workload.kind == "queue"])
    error_message = "A deploy would kill the longest job."
  }
}

run "what_is_left_out_is_filled_in" {
  command = plan

  variables {
    environment = "least"
    folder      = "./tests/manifests"
  }

  assert {
    condition     = output.workloads["queue"].timeout == 90 && output.workloads["queue"].queues == tolist(["default"])
    error_message = "A worker's times and queues have defaults."
  }

  assert {
    condition     = output.workloads["mails"].kind == "queue" && output.workloads["mails"].stop_timeout == 40
    error_message = "A further worker has times of its own."
  }

  assert {
    condition     = output.workloads["reports"].stop_timeout == 120 && output.workloads["reports"].is_long && !output.workloads["mails"].is_long
    error_message = "A job that is longer than any stop is protected; no stop is longer than Fargate's longest."
  }

  assert {
    condition     = { for name, workload in output.workloads : name => workload.backlog_per_task if workload.kind == "queue" } == { queue = 100, mails = 20, reports = 1 }
    error_message = "A worker's backlog has a default: a task for each job where they take minutes."
  }

  assert {
    condition     = output.workloads["artisan"].cpu == output.workloads["migrate"].cpu
    error_message = "bin/ecs artisan gets as much as a migration."
  }

  assert {
    condition     = output.workloads["schedule"].trigger == "rule" && !output.workloads["schedule"].is_service
    error_message = "The schedule is a task that a rule starts, unless the manifest says otherwise."
  }
}

run "a_wrong_manifest_is_refused" {
  command = plan

  variables {
    environment = "wrong"
    folder      = "./tests/manifests"
  }

  expect_failures = [output.name]
}
