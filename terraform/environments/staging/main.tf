terraform {
  # A Secret of the cluster, which who may not see the secrets may not see either. `ci/tofu` says in which namespace.
  backend "kubernetes" {}
}

provider "kubectl" {
  config_path = var.kubeconfig
}

module "platform" {
  source = "../../modules/platform"

  environment = "staging"
  release     = var.release
  manifests   = file(var.manifests)
  secrets     = var.secrets
  deployers   = var.deployers
  quota       = { cpu = "16", memory = "16Gi", pods = 60, storage = "100Gi" }
}
