locals {
  # k8s/ names it in every object; a second name would be a second platform.
  namespace = "myevents"
  labels    = { "app.kubernetes.io/part-of" = "myevents", "app.kubernetes.io/managed-by" = "terraform" }

  objects = {
    for d in split("\n---\n", "\n${var.manifests}") : "${yamldecode(d).kind}/${yamldecode(d).metadata.name}" => d if trimspace(d) != ""
  }
  # What runs refers to all the rest, and is applied after it.
  workloads = { for name, d in local.objects : name => d if contains(["Deployment", "StatefulSet", "DaemonSet"], split("/", name)[0]) }
  settings  = { for name, d in local.objects : name => d if !contains(keys(local.workloads), name) }
}

resource "kubectl_manifest" "namespace" {
  yaml_body = yamlencode({
    apiVersion = "v1"
    kind       = "Namespace"
    metadata = {
      name = local.namespace
      labels = merge(local.labels, {
        "myevents.example/environment"       = var.environment
        "pod-security.kubernetes.io/enforce" = "restricted"
        "pod-security.kubernetes.io/audit"   = "restricted"
        "pod-security.kubernetes.io/warn"    = "restricted"
        "kubernetes.io/metadata.name"        = local.namespace
      })
    }
  })
  wait = true # until all that is in it is gone
}

resource "kubectl_manifest" "settings" {
  for_each = local.settings

  yaml_body = each.value
  # Pods of the release before may start again while those of this one take over, and a way back needs its settings again:
  # ci/releases deletes what neither needs. The name of a config map changes with what is in it.
  apply_only = startswith(each.key, "ConfigMap/")

  lifecycle {
    create_before_destroy = true # what goes, goes when nothing refers to it any more
    precondition {
      condition     = yamldecode(each.value).metadata.namespace == local.namespace
      error_message = "${each.key} must be in the namespace ${local.namespace}."
    }
  }

  depends_on = [kubectl_manifest.namespace, kubectl_manifest.quota, kubectl_manifest.defaults]
}

resource "kubectl_manifest" "workloads" {
  for_each = local.workloads

  yaml_body = each.value
  # The provider takes an update for done that the deployment's controller has not seen yet: ci/ready waits instead.
  wait_for_rollout = false

  lifecycle {
    precondition {
      condition     = yamldecode(each.value).metadata.namespace == local.namespace
      error_message = "${each.key} must be in the namespace ${local.namespace}."
    }
  }

  depends_on = [kubectl_manifest.settings, kubectl_manifest.secrets, kubectl_manifest.certificate]
}
