mock_provider "kubectl" {}

variables {
  kubeconfig = "no cluster is asked"
  manifests  = "../../modules/platform/tests/config-map.yaml"
  release    = "0123456789ab"
  secrets = {
    admin_token        = "0123456789abcdef"
    pepper             = "fedcba9876543210"
    bootstrap_operator = "operator@myevents.example"
    operator_password  = "correct horse"
    rabbitmq_user      = "myevents"
    rabbitmq_password  = "rabbit"
    mongodb_user       = "myevents"
    mongodb_password   = "mongo"
    tls_certificate    = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
    tls_key            = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"
  }
}

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

run "refuses_what_everybody_knows" {
  command = plan
  variables {
    secrets = {
      admin_token        = "development-admin-token"
      pepper             = "development-pepper"
      bootstrap_operator = "operator@myevents.example"
      operator_password  = "development-operator"
      rabbitmq_user      = "myevents"
      rabbitmq_password  = "development"
      mongodb_user       = "myevents"
      mongodb_password   = "development"
      tls_certificate    = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n"
      tls_key            = "-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"
    }
  }
  expect_failures = [var.secrets]
}
