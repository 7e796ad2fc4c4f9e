// Command translator reads a manifest stream on stdin and prints, as JSON, the scrape configuration
// that prometheus-operator makes of its monitors, by the operator's own code.
//
//	translator PROMETHEUS_VERSION < manifests.json
//
// The stream is a JSON array of objects. A monitor with a field that its type lacks is an error.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"log/slog"
	"os"

	monitoringv1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	monitoringv1alpha1 "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1alpha1"
	"github.com/prometheus-operator/prometheus-operator/pkg/assets"
	"github.com/prometheus-operator/prometheus-operator/pkg/operator"
	prompkg "github.com/prometheus-operator/prometheus-operator/pkg/prometheus"
	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"
	"sigs.k8s.io/yaml"
)

const usage = "usage: translator PROMETHEUS_VERSION < manifests.json"

// answer is the configuration, the files that it names, and the monitors that the operator rejects.
type answer struct {
	Config   string            `json:"config"`
	Files    map[string]string `json:"files"`
	Rejected map[string]string `json:"rejected"`
}

// stream is what the operator looks at.
type stream struct {
	services, pods, configs []runtime.Object
	stored                  []runtime.Object
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal(usage)
	}
	var objects []json.RawMessage
	check(json.NewDecoder(os.Stdin).Decode(&objects))
	given, err := sorted(objects)
	check(err)
	translated, err := translate(given, os.Args[1])
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(translated))
}

func sorted(objects []json.RawMessage) (stream, error) {
	var given stream
	for _, object := range objects {
		var head metav1.TypeMeta
		if err := json.Unmarshal(object, &head); err != nil {
			return given, err
		}
		var typed runtime.Object
		var place *[]runtime.Object
		switch head.APIVersion + " " + head.Kind {
		case "monitoring.coreos.com/v1 ServiceMonitor":
			typed, place = &monitoringv1.ServiceMonitor{}, &given.services
		case "monitoring.coreos.com/v1 PodMonitor":
			typed, place = &monitoringv1.PodMonitor{}, &given.pods
		case "monitoring.coreos.com/v1alpha1 ScrapeConfig":
			typed, place = &monitoringv1alpha1.ScrapeConfig{}, &given.configs
		case "v1 Secret":
			typed, place = &corev1.Secret{}, &given.stored
		case "v1 ConfigMap":
			typed, place = &corev1.ConfigMap{}, &given.stored
		default:
			continue
		}
		if err := yaml.UnmarshalStrict(object, typed); err != nil {
			return given, fmt.Errorf("%s: %w", head.Kind, err)
		}
		*place = append(*place, typed)
	}
	return given, nil
}

func translate(given stream, version string) (answer, error) {
	ctx := context.Background()
	everything := &metav1.LabelSelector{}
	cr := &monitoringv1.Prometheus{
		ObjectMeta: metav1.ObjectMeta{Name: "k8s", Namespace: "monitoring"},
		Spec: monitoringv1.PrometheusSpec{CommonPrometheusFields: monitoringv1.CommonPrometheusFields{
			Version:                version,
			ScrapeInterval:         "30s",
			ServiceMonitorSelector: everything,
			PodMonitorSelector:     everything,
			ScrapeConfigSelector:   everything,
		}},
	}
	core := fake.NewSimpleClientset(given.stored...).CoreV1()
	store := assets.NewStoreBuilder(core, core)
	quiet := slog.New(slog.DiscardHandler)
	metrics := operator.NewMetrics(prometheus.NewRegistry())
	// Room for one event of each monitor: a full recorder blocks.
	events := operator.NewFakeRecorder(len(given.services)+len(given.pods)+len(given.configs), cr)
	selector, err := prompkg.NewResourceSelector(quiet, cr, store, nil, metrics, events)
	if err != nil {
		return answer{}, err
	}
	serviceMonitors, err := selector.SelectServiceMonitors(ctx, listing(given.services))
	if err != nil {
		return answer{}, err
	}
	podMonitors, err := selector.SelectPodMonitors(ctx, listing(given.pods))
	if err != nil {
		return answer{}, err
	}
	scrapeConfigs, err := selector.SelectScrapeConfigs(ctx, listing(given.configs))
	if err != nil {
		return answer{}, err
	}
	generator, err := prompkg.NewConfigGenerator(quiet, cr)
	if err != nil {
		return answer{}, err
	}
	config, err := generator.GenerateServerConfiguration(
		cr,
		serviceMonitors.ValidResources(),
		podMonitors.ValidResources(),
		nil,
		scrapeConfigs.ValidResources(),
		store,
		nil, nil, nil, nil,
	)
	if err != nil {
		return answer{}, err
	}
	made := answer{Config: string(config), Files: map[string]string{}, Rejected: map[string]string{}}
	for name, content := range store.TLSAssets() {
		made.Files[name] = string(content)
	}
	reject(made.Rejected, "serviceMonitor", serviceMonitors)
	reject(made.Rejected, "podMonitor", podMonitors)
	reject(made.Rejected, "scrapeConfig", scrapeConfigs)
	return made, nil
}

func listing(objects []runtime.Object) prompkg.ListAllByNamespaceFn {
	return func(_ string, _ labels.Selector, add cache.AppendFunc) error {
		for _, object := range objects {
			add(object)
		}
		return nil
	}
}

// reject notes why the operator leaves out a monitor, by the beginning of its job's name.
func reject[T operator.ConfigurationResource](
	rejected map[string]string, kind string, selection operator.TypedResourcesSelection[T],
) {
	for name, resource := range selection {
		for _, condition := range resource.Conditions() {
			if condition.Status == monitoringv1.ConditionFalse {
				rejected[kind+"/"+name] = condition.Message
			}
		}
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
