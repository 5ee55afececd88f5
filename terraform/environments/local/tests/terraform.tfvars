kubeconfig = "no cluster is asked"
manifests  = "../../modules/platform/tests/config-map.yaml"
release    = "0123456789ab"
