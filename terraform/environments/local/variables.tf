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
