# What the module makes of good input, and what it refuses, without a cluster.
mock_provider "kubectl" {}

variables {
  environment = "local"
  release     = "0123456789ab"
  quota       = { cpu = "8", memory = "8Gi", pods = 40, storage = "20Gi" }
  manifests   = <<-END
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: settings
      namespace: myevents
    data:
      text: |
        ---
        a line of dashes that ends no document
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: gateway
      namespace: myevents
    ---
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: gateway
      namespace: myevents
  END
}

run "applies_each_object_once_workloads_last" {
  command = plan

  assert {
    condition     = keys(kubectl_manifest.settings) == ["ConfigMap/settings", "Service/gateway"]
    error_message = "the config map and the service belong to the settings"
  }
  assert {
    condition     = keys(kubectl_manifest.workloads) == ["Deployment/gateway"]
    error_message = "the deployment belongs to the workloads"
  }
  assert {
    condition     = output.objects == tolist(["ConfigMap/settings", "Deployment/gateway", "Service/gateway"])
    error_message = "the output must list all objects"
  }
}

run "leaves_the_config_maps_of_the_release_before_to_its_pods" {
  command = plan

  assert {
    condition     = kubectl_manifest.settings["ConfigMap/settings"].apply_only && !kubectl_manifest.settings["Service/gateway"].apply_only
    error_message = "config maps stay, other objects that are no longer wanted go"
  }
}

run "enforces_the_restricted_pod_security_standard" {
  command = plan

  assert {
    condition     = yamldecode(kubectl_manifest.namespace.yaml_body).metadata.labels["pod-security.kubernetes.io/enforce"] == "restricted"
    error_message = "the namespace must enforce it"
  }
}

run "keeps_secrets_out_of_plans" {
  command = plan

  assert {
    condition     = issensitive(kubectl_manifest.secrets.yaml_body) && issensitive(kubectl_manifest.certificate.yaml_body)
    error_message = "both secrets must be hidden"
  }
  assert {
    condition     = nonsensitive(yamldecode(kubectl_manifest.secrets.yaml_body).data.PEPPER) == base64encode("fedcba9876543210")
    error_message = "the key of a secret is its variable's name in capitals"
  }
  assert {
    condition     = nonsensitive(!contains(keys(yamldecode(kubectl_manifest.secrets.yaml_body).data), "TLS_KEY"))
    error_message = "the certificate's key belongs to the certificate alone"
  }
}

run "gives_the_deployer_nothing_outside_the_namespace" {
  command = plan

  assert {
    condition     = alltrue([for r in yamldecode(kubectl_manifest.deployer_namespace_role.yaml_body).rules : r.verbs == ["get"] && length(r.resourceNames) > 0])
    error_message = "in the cluster it may only look at what is named"
  }
}

run "refuses_an_unknown_environment" {
  command = plan
  variables { environment = "playground" }
  expect_failures = [var.environment]
}

run "refuses_a_release_that_is_no_tag" {
  command = plan
  variables { release = "latest version" }
  expect_failures = [var.release]
}

run "refuses_what_is_no_object" {
  command = plan
  variables { manifests = "just: text" }
  expect_failures = [var.manifests]
}

run "refuses_secrets_among_the_manifests" {
  command = plan
  variables { manifests = "{apiVersion: v1, kind: Secret, metadata: {name: mine, namespace: myevents}}" }
  expect_failures = [var.manifests]
}

run "refuses_objects_of_other_namespaces" {
  command = plan
  variables { manifests = "{apiVersion: v1, kind: ConfigMap, metadata: {name: theirs, namespace: default}}" }
  expect_failures = [kubectl_manifest.settings]
}

run "refuses_a_short_token" {
  command = plan
  variables { secrets = merge(var.secrets, { admin_token = "short" }) }
  expect_failures = [var.secrets]
}

run "refuses_a_password_that_breaks_the_url" {
  command = plan
  variables { secrets = merge(var.secrets, { rabbitmq_password = "rabbit@hole" }) }
  expect_failures = [var.secrets]
}

run "refuses_a_key_that_is_none" {
  command = plan
  variables { secrets = merge(var.secrets, { tls_key = "path/to/key.pem" }) }
  expect_failures = [var.secrets]
}

run "refuses_a_quota_without_a_unit" {
  command = plan
  variables { quota = { cpu = "8", memory = "8", pods = 40, storage = "20Gi" } }
  expect_failures = [var.quota]
}
