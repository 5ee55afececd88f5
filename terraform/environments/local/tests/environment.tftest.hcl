mock_provider "kubectl" {}

run "plans_the_platform" {
  command = plan

  assert {
    condition     = output.release == "0123456789ab" && output.namespace == "myevents"
    error_message = "the outputs must say what is deployed, and where"
  }
}

run "refuses_manifests_that_are_not_there" {
  command = plan
  variables {
    manifests = "nowhere.yaml"
  }
  expect_failures = [var.manifests]
}
