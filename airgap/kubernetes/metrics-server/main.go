// Command metrics-server is metrics-server with those of its flags that addons/metrics-server.yaml sets. Its own command does not compile
// with the other servers' version of Kubernetes; what it does is done by the same packages.
package main

import (
	"fmt"
	"net"
	"os"
	"time"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/endpoints/openapi"
	apiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/apiserver/pkg/server/options"
	"k8s.io/apiserver/pkg/util/compatibility"
	"k8s.io/client-go/rest"
	"k8s.io/component-base/logs"
	"sigs.k8s.io/metrics-server/pkg/api"
	definitions "sigs.k8s.io/metrics-server/pkg/api/generated/openapi"
	"sigs.k8s.io/metrics-server/pkg/scraper/client"
	"sigs.k8s.io/metrics-server/pkg/server"
)

const kubeletPort = 10250

func main() {
	logs.InitLogs()
	err := run(apiserver.SetupSignalHandler())
	logs.FlushLogs()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(stop <-chan struct{}) error {
	serving := options.NewSecureServingOptions().WithLoopback()
	serving.AddFlags(pflag.CommandLine)
	insecure := pflag.Bool("kubelet-insecure-tls", false, "do not check kubelets' certificates")
	addresses := pflag.StringSlice("kubelet-preferred-address-types", []string{string(corev1.NodeInternalIP)}, "where they are, best first")
	timeout := pflag.Duration("kubelet-request-timeout", 10*time.Second, "how long a kubelet may take")
	resolution := pflag.Duration("metric-resolution", time.Minute, "how often kubelets are asked")
	pflag.Parse()

	cluster, err := rest.InClusterConfig()
	if err != nil {
		return fmt.Errorf("metrics-server runs in a pod: %w", err)
	}
	cluster.ContentType = runtime.ContentTypeProtobuf
	if err := rest.SetKubernetesDefaults(cluster); err != nil {
		return err
	}
	kubelets := client.KubeletClientConfig{Client: *rest.CopyConfig(cluster), Scheme: "https", DefaultPort: kubeletPort}
	if *insecure {
		kubelets.Client.TLSClientConfig = rest.TLSClientConfig{Insecure: true}
	}
	for _, address := range *addresses {
		kubelets.AddressTypePriority = append(kubelets.AddressTypePriority, corev1.NodeAddressType(address))
	}
	below, err := servingConfig(serving)
	if err != nil {
		return err
	}
	metrics, err := server.Config{
		Apiserver:        below,
		Rest:             cluster,
		Kubelet:          &kubelets,
		ScrapeTimeout:    *timeout,
		MetricResolution: *resolution,
	}.Complete()
	if err != nil {
		return err
	}
	return metrics.RunUntil(stop)
}

// servingConfig is an API server below the cluster's own, which is asked who may do what.
func servingConfig(serving *options.SecureServingOptionsWithLoopback) (*apiserver.Config, error) {
	if err := serving.MaybeDefaultWithSelfSignedCerts("localhost", nil, []net.IP{net.IPv4(127, 0, 0, 1)}); err != nil {
		return nil, err
	}
	config := apiserver.NewConfig(api.Codecs)
	config.EffectiveVersion = compatibility.DefaultBuildEffectiveVersion()
	if err := serving.ApplyTo(&config.SecureServing, &config.LoopbackClientConfig); err != nil {
		return nil, err
	}
	if err := options.NewDelegatingAuthenticationOptions().ApplyTo(&config.Authentication, config.SecureServing, nil); err != nil {
		return nil, err
	}
	if err := options.NewDelegatingAuthorizationOptions().ApplyTo(&config.Authorization); err != nil {
		return nil, err
	}
	names := openapi.NewDefinitionNamer(api.Scheme)
	config.OpenAPIConfig = apiserver.DefaultOpenAPIConfig(definitions.GetOpenAPIDefinitions, names)
	config.OpenAPIV3Config = apiserver.DefaultOpenAPIV3Config(definitions.GetOpenAPIDefinitions, names)
	return config, nil
}
