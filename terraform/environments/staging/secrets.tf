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

  validation {
    condition     = !anytrue([for value in values(var.secrets) : startswith(value, "development")])
    error_message = "The values of .env are known to everybody: this environment needs its own."
  }
}

variable "deployers" {
  description = "Users who may deploy besides the service account: those as whom a cluster knows the pipeline's own tokens (OpenID Connect)."
  type        = list(string)
  default     = []
}
