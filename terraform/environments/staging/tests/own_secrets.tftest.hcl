mock_provider "kubectl" {}

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
