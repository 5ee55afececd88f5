terraform {
  # `ci/tofu` says where: below build/.
  backend "local" {}
}

provider "kubectl" {
  config_path = var.kubeconfig
}

module "platform" {
  source = "../../modules/platform"

  environment = "local"
  release     = var.release
  manifests   = file(var.manifests)
  secrets     = var.secrets
  quota       = { cpu = "16", memory = "16Gi", pods = 60, storage = "40Gi" }
}
