variable "kubeconfig" {
  description = "File that says where the cluster is, and as whom to deploy."
  type        = string

  validation {
    condition     = var.kubeconfig != ""
    error_message = "No kubeconfig: `make cluster` writes one, ci/kubeconfig makes one of KUBE_SERVER, KUBE_CA_CERT and KUBE_TOKEN."
  }
}

variable "manifests" {
  description = "File with all objects of the release, as `make manifests` writes it."
  type        = string

  validation {
    condition     = fileexists(var.manifests)
    error_message = "The manifests are not there: make manifests."
  }
}

variable "release" {
  description = "What is deployed: the VERSION that the manifests were rendered with."
  type        = string
}

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
