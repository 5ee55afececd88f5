variable "environment" {
  description = "Which of the environments this is; a label of the namespace."
  type        = string

  validation {
    condition     = contains(["local", "staging", "production"], var.environment)
    error_message = "The environment is local, staging or production."
  }
}

variable "release" {
  description = "What is deployed: the VERSION that the manifests were rendered with."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$", var.release))
    error_message = "The release must fit into a label and a tag: 1 to 63 letters, digits, dots, dashes and underscores."
  }
}

variable "manifests" {
  description = "All objects of the release in YAML, as `make manifests` renders them from k8s/."
  type        = string

  validation {
    condition     = alltrue([for d in split("\n---\n", "\n${var.manifests}") : can(yamldecode(d).metadata.name) if trimspace(d) != ""])
    error_message = "Each document of the manifests must be an object with a name."
  }

  validation {
    condition = alltrue([
      for d in split("\n---\n", "\n${var.manifests}") :
      !contains(["Namespace", "Secret", "ResourceQuota", "LimitRange", "ClusterRole", "ClusterRoleBinding"], try(yamldecode(d).kind, "")) if trimspace(d) != ""
    ])
    error_message = "Namespaces, secrets, quotas, limits and what counts for the whole cluster are this module's own; the manifests must not have any."
  }
}

variable "secrets" {
  description = "What the services and their servers sign in with. It is kept in the state, which has to be protected accordingly."
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
    condition     = alltrue([for name, value in var.secrets : value != ""])
    error_message = "None of the secrets may be empty."
  }

  validation {
    condition     = length(var.secrets.admin_token) >= 16 && length(var.secrets.pepper) >= 16
    error_message = "The admin token and the pepper must have at least 16 characters."
  }

  validation {
    condition     = can(regex("^[^@[:space:]]+@[^@[:space:]]+$", var.secrets.bootstrap_operator))
    error_message = "The first operator is named by an e-mail address."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9._~-]+$", "${var.secrets.rabbitmq_user}${var.secrets.rabbitmq_password}${var.secrets.mongodb_user}${var.secrets.mongodb_password}"))
    error_message = "Names and passwords of RabbitMQ and MongoDB become part of URLs: letters, digits, '.', '_', '~' and '-' only."
  }

  validation {
    condition     = startswith(var.secrets.tls_certificate, "-----BEGIN CERTIFICATE-----") && can(regex("^-----BEGIN [A-Z ]*PRIVATE KEY-----", var.secrets.tls_key))
    error_message = "The certificate of the front door and its key must be in PEM."
  }
}

variable "quota" {
  description = "What all pods of the namespace may ask for together, in the units of Kubernetes. An update needs room for a second pod of each deployment."
  type = object({
    cpu     = string
    memory  = string
    pods    = number
    storage = string
  })

  validation {
    condition     = can(regex("^[0-9]+$", var.quota.cpu))
    error_message = "The quota of CPUs is a whole number, such as \"8\"."
  }

  validation {
    condition     = can(regex("^[0-9]+(Mi|Gi)$", var.quota.memory)) && can(regex("^[0-9]+(Mi|Gi)$", var.quota.storage))
    error_message = "Quotas of memory and storage are whole numbers with Mi or Gi, such as \"8Gi\"."
  }

  validation {
    condition     = var.quota.pods >= 10 && floor(var.quota.pods) == var.quota.pods
    error_message = "The platform has more than ten pods."
  }
}

variable "deployers" {
  description = "Users who may deploy besides the service account: those as whom a cluster knows the pipeline's own tokens (OpenID Connect)."
  type        = list(string)
  default     = []
}
