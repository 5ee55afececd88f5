variable "secrets" {
  description = "What the services and their servers sign in with; the module says what it has to be like."
  type = object({
    admin_token        = string
    pepper             = string
    bootstrap_operator = string
    operator_password  = string
    rabbitmq_user      = string
    rabbitmq_password  = string
    mongodb_user       = string
    mongodb_password   = string
    tls_certificate    = string
    tls_key            = string
  })
  sensitive = true
}
