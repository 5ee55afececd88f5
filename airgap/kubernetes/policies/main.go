// Command policies enforces NetworkPolicies on a node whose pods are routed, as those of the CNI plug-in ptp are: it keeps a table of
// nftables that lets through what they allow. A pod is filtered from the moment at which its address is known. Traffic that begins
// or ends at the node itself is not filtered: kubelets have to reach pods.
package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run keeps the table until the context ends.
func run(ctx context.Context, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	pods, namespaces, policies := factory.Core().V1().Pods(), factory.Core().V1().Namespaces(), factory.Networking().V1().NetworkPolicies()

	changed := make(chan struct{}, 1) // that something has: what, the listers tell
	tell := func(any) {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
	for _, informer := range []cache.SharedIndexInformer{pods.Informer(), namespaces.Informer(), policies.Informer()} {
		handler := cache.ResourceEventHandlerFuncs{AddFunc: tell, UpdateFunc: func(_, _ any) { tell(nil) }, DeleteFunc: tell}
		if _, err := informer.AddEventHandler(handler); err != nil {
			return err
		}
	}
	factory.Start(ctx.Done())
	defer factory.Shutdown()
	factory.WaitForCacheSync(ctx.Done())

	for applied := ""; ; {
		var w world
		if w.pods, err = pods.Lister().List(labels.Everything()); err != nil {
			return err
		}
		if w.namespaces, err = namespaces.Lister().List(labels.Everything()); err != nil {
			return err
		}
		if w.policies, err = policies.Lister().List(labels.Everything()); err != nil {
			return err
		}
		if rules := w.ruleset(); rules != applied {
			if err := apply(ctx, rules); err != nil {
				return err
			}
			applied = rules
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// apply replaces the table as a whole: there is no moment without it.
func apply(ctx context.Context, rules string) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	nft := exec.CommandContext(ctx, "nft", "--file", "-")
	nft.Stdin = strings.NewReader(rules)
	if said, err := nft.CombinedOutput(); err != nil {
		return fmt.Errorf("nft: %w: %s\n%s", err, said, rules)
	}
	return nil
}
