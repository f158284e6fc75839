// Command component_flags prints the flags of Kubernetes' components and of etcd as JSON, for generate.py.
//
// It has no module of its own: it is built with the versions that tests/live/servers pins.
//
//	mkdir /tmp/flags && cp tools/component_flags/main.go tests/live/servers/go.mod tests/live/servers/go.sum /tmp/flags
//	cd /tmp/flags && go run -mod=mod . > flags.json
//
// The first build takes some ten minutes on two cores.
package main

import (
	"encoding/json"
	goflag "flag"
	"fmt"
	"log"
	"os"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/embed"
	_ "k8s.io/component-base/logs/json/register" // as in each component's own main package: adds --log-json-*
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
	kubelet "k8s.io/kubernetes/cmd/kubelet/app/options"
)

// row is one flag as generate.py reads it: the type, the default, the value of the bare flag, and the shorthand.
type row [4]string

func main() {
	components := map[string]map[string]row{
		"kube-apiserver":          rows(apiserver.NewAPIServerCommand().Flags()),
		"kube-controller-manager": rows(manager.NewControllerManagerCommand().Flags()),
		"kube-scheduler":          rows(scheduler.NewSchedulerCommand().Flags()),
		"kube-proxy":              rows(proxy.NewProxyCommand().Flags()),
		"kubelet":                 rows(kubeletFlags()),
		"etcd":                    etcdRows(),
	}
	if err := json.NewEncoder(os.Stdout).Encode(components); err != nil {
		log.Fatal(err)
	}
}

func rows(flags *pflag.FlagSet) map[string]row {
	found := map[string]row{}
	flags.VisitAll(func(flag *pflag.Flag) {
		found[flag.Name] = row{flag.Value.Type(), flag.DefValue, flag.NoOptDefVal, flag.Shorthand}
	})
	return found
}

// kubeletFlags is the set that the kubelet's command parses by itself (cmd/kubelet/app/server.go), so that the command
// has none to show.
func kubeletFlags() *pflag.FlagSet {
	flags := pflag.NewFlagSet("kubelet", pflag.ContinueOnError)
	kubelet.NewKubeletFlags().AddFlags(flags)
	configuration, err := kubelet.NewKubeletConfiguration()
	if err != nil {
		log.Fatal(err)
	}
	kubelet.AddKubeletConfigFlags(flags, configuration)
	kubelet.AddGlobalFlags(flags)
	return flags
}

// etcdRows are the flags of etcd's embeddable configuration; those of etcdmain are not exported.
func etcdRows() map[string]row {
	flags := goflag.NewFlagSet("etcd", goflag.ContinueOnError)
	embed.NewConfig().AddFlags(flags)
	found := map[string]row{}
	flags.VisitAll(func(flag *goflag.Flag) {
		bare := ""
		if value, ok := flag.Value.(interface{ IsBoolFlag() bool }); ok && value.IsBoolFlag() {
			bare = "true"
		}
		found[flag.Name] = row{fmt.Sprintf("%T", flag.Value), flag.DefValue, bare, ""}
	})
	return found
}
