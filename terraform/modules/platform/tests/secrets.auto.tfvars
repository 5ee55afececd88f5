# Good ones, of nobody.
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
