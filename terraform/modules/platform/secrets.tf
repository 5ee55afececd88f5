# The provider hides `data` in plans and logs. The state keeps it: the provider has no arguments that are only written.
resource "kubectl_manifest" "secrets" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Secret"
    metadata   = { name = "myevents", namespace = local.namespace, labels = local.labels }
    type       = "Opaque"
    data       = { for name, value in var.secrets : upper(name) => base64encode(value) if !startswith(name, "tls_") }
  })
  sensitive_fields = ["data"]

  depends_on = [kubectl_manifest.namespace]
}

resource "kubectl_manifest" "certificate" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Secret"
    metadata   = { name = "gateway-tls", namespace = local.namespace, labels = local.labels }
    type       = "kubernetes.io/tls"
    data = {
      "tls.crt" = base64encode(var.secrets.tls_certificate)
      "tls.key" = base64encode(var.secrets.tls_key)
    }
  })
  sensitive_fields = ["data"]

  depends_on = [kubectl_manifest.namespace]
}
