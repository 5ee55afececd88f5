resource "kubectl_manifest" "quota" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "ResourceQuota"
    metadata   = { name = "platform", namespace = local.namespace, labels = local.labels }
    spec = {
      hard = {
        "requests.cpu"     = var.quota.cpu
        "requests.memory"  = var.quota.memory
        "requests.storage" = var.quota.storage
        "pods"             = tostring(var.quota.pods)
      }
    }
  })

  depends_on = [kubectl_manifest.namespace]
}

# A container that says nothing about itself, such as one for debugging, gets little. With a quota it could not start else.
resource "kubectl_manifest" "defaults" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "LimitRange"
    metadata   = { name = "containers", namespace = local.namespace, labels = local.labels }
    spec = {
      limits = [{
        type           = "Container"
        default        = { memory = "128Mi" }
        defaultRequest = { cpu = "10m", memory = "64Mi" }
      }]
    }
  })

  depends_on = [kubectl_manifest.namespace]
}
