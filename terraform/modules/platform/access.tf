# Whom a pipeline deploys as. Somebody with more rights applies the first time; afterwards a token of this account is enough:
# kubectl --namespace myevents create token deployer --duration 1h
locals {
  deployer = "deployer"
  subject = concat(
    [{ kind = "ServiceAccount", name = local.deployer, namespace = local.namespace }],
    [for user in var.deployers : { kind = "User", apiGroup = "rbac.authorization.k8s.io", name = user }],
  )

  see  = ["get", "list", "watch"]
  edit = ["get", "list", "watch", "create", "update", "patch", "delete"]

  # What the platform consists of. Kubernetes sees to it that nobody gets more by a role than who writes it has.
  deployer_rules = [
    { apiGroups = [""], resources = ["configmaps", "secrets", "services", "serviceaccounts", "persistentvolumeclaims"], verbs = local.edit },
    { apiGroups = ["apps"], resources = ["deployments", "statefulsets", "daemonsets"], verbs = local.edit },
    { apiGroups = ["autoscaling"], resources = ["horizontalpodautoscalers"], verbs = local.edit },
    { apiGroups = ["policy"], resources = ["poddisruptionbudgets"], verbs = local.edit },
    { apiGroups = ["networking.k8s.io"], resources = ["ingresses", "networkpolicies"], verbs = local.edit },
    { apiGroups = ["rbac.authorization.k8s.io"], resources = ["roles", "rolebindings"], verbs = local.edit },
    { apiGroups = [""], resources = ["pods", "pods/log", "events", "resourcequotas", "limitranges"], verbs = local.see },
    { apiGroups = ["apps"], resources = ["replicasets"], verbs = local.see },
    # The way to Prometheus, whom ci/verify asks.
    { apiGroups = [""], resources = ["pods/portforward"], verbs = ["create"] },
  ]
}

resource "kubectl_manifest" "deployer" {
  yaml_body = yamlencode({
    apiVersion                   = "v1"
    kind                         = "ServiceAccount"
    metadata                     = { name = local.deployer, namespace = local.namespace, labels = local.labels }
    automountServiceAccountToken = false
  })

  depends_on = [kubectl_manifest.namespace]
}

resource "kubectl_manifest" "deployer_role" {
  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "Role"
    metadata   = { name = local.deployer, namespace = local.namespace, labels = local.labels }
    rules      = local.deployer_rules
  })

  depends_on = [kubectl_manifest.namespace]
}

resource "kubectl_manifest" "deployer_binding" {
  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "RoleBinding"
    metadata   = { name = local.deployer, namespace = local.namespace, labels = local.labels }
    roleRef    = { apiGroup = "rbac.authorization.k8s.io", kind = "Role", name = local.deployer }
    subjects   = local.subject
  })

  depends_on = [kubectl_manifest.deployer_role, kubectl_manifest.deployer]
}

# To see whether the namespace is as it should be, which no role within it can allow.
resource "kubectl_manifest" "deployer_namespace_role" {
  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "ClusterRole"
    metadata   = { name = "${local.namespace}-deployer", labels = local.labels }
    rules = [
      { apiGroups = [""], resources = ["namespaces"], resourceNames = [local.namespace], verbs = ["get"] },
      {
        apiGroups     = ["rbac.authorization.k8s.io"]
        resources     = ["clusterroles", "clusterrolebindings"]
        resourceNames = ["${local.namespace}-deployer"]
        verbs         = ["get"]
      },
    ]
  })
}

resource "kubectl_manifest" "deployer_namespace_binding" {
  yaml_body = yamlencode({
    apiVersion = "rbac.authorization.k8s.io/v1"
    kind       = "ClusterRoleBinding"
    metadata   = { name = "${local.namespace}-deployer", labels = local.labels }
    roleRef    = { apiGroup = "rbac.authorization.k8s.io", kind = "ClusterRole", name = "${local.namespace}-deployer" }
    subjects   = local.subject
  })

  depends_on = [kubectl_manifest.deployer_namespace_role, kubectl_manifest.deployer]
}
