// Command events asks a wall by the kubelet's own probe code and prints what that says.
//
// Usage: events WALL PATH. The first word printed is `failed` or `errored`, the rest is the text,
// with the address that was asked as ADDRESS.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/kubernetes/pkg/probe"
	probehttp "k8s.io/kubernetes/pkg/probe/http"
)

const usage = "usage: events name|refused|plain|tls|STATUS PATH"

func main() {
	log.SetOutput(io.Discard) // a server's complaints about what it is asked
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	action, err := facing(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
	action.Path = os.Args[2]
	said, address := ask(action)
	fmt.Println(strings.ReplaceAll(said, address, "ADDRESS"))
}

// facing puts up a wall and returns the probe that runs into it.
func facing(wall string) (*v1.HTTPGetAction, error) {
	switch wall {
	case "name":
		return &v1.HTTPGetAction{Port: intstr.FromString("http")}, nil
	case "refused":
		server := answering(http.StatusOK)
		server.Close()
		return &v1.HTTPGetAction{Port: portOf(server)}, nil
	case "plain":
		return &v1.HTTPGetAction{Port: portOf(answering(http.StatusOK)), Scheme: v1.URISchemeHTTPS}, nil
	case "tls":
		return &v1.HTTPGetAction{Port: portOf(httptest.NewTLSServer(http.NotFoundHandler()))}, nil
	}
	status, err := strconv.Atoi(wall)
	if err != nil {
		return nil, err
	}
	return &v1.HTTPGetAction{Port: portOf(answering(status))}, nil
}

// ask sends the probe of a container that declares no ports; it returns what came of it, and whom
// it asked.
func ask(action *v1.HTTPGetAction) (string, string) {
	container := &v1.Container{Name: "kube-state-metrics"}
	request, err := probehttp.NewRequestForHTTPGetAction(action, container, "127.0.0.1", "probe")
	if err != nil {
		return "errored " + err.Error(), "127.0.0.1"
	}
	result, text, err := probehttp.New(false).Probe(request, time.Second)
	if err != nil || result != probe.Failure {
		return fmt.Sprintf("%s %s %v", result, text, err), request.URL.Host
	}
	return "failed " + text, request.URL.Host
}

func answering(status int) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
	}))
}

func portOf(server *httptest.Server) intstr.IntOrString {
	address, err := url.Parse(server.URL)
	if err != nil {
		panic(err)
	}
	return intstr.Parse(address.Port())
}
