// Command prober asks as a kubelet asks: by the kubelet's own code.
//
//	prober probe         reads one probe as JSON on stdin, prints what it got as JSON
//	prober event WALL PATH
//
// The first word that `event` prints is `failed` or `errored`, the rest is the kubelet's text, with
// the address that was asked as ADDRESS.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
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
	probegrpc "k8s.io/kubernetes/pkg/probe/grpc"
	probehttp "k8s.io/kubernetes/pkg/probe/http"
	probetcp "k8s.io/kubernetes/pkg/probe/tcp"
)

const usage = "usage: prober probe | prober event name|refused|plain|tls|STATUS PATH"

// order is a probe of a container, tried until it passes or errs, at most so many times.
type order struct {
	PodIP     string          `json:"podIP"`
	Container v1.Container    `json:"container"`
	Handler   v1.ProbeHandler `json:"handler"`
	Timeout   float64         `json:"timeoutSeconds"`
	Attempts  int             `json:"attempts"`
	Pause     float64         `json:"pauseSeconds"`
}

// answer is what the last attempt got.
type answer struct {
	Result probe.Result `json:"result"`
	Output string       `json:"output"`
	Error  string       `json:"error"`
	Target string       `json:"target"`
}

func main() {
	log.SetOutput(io.Discard) // a server's complaints about what it is asked
	switch {
	case len(os.Args) == 2 && os.Args[1] == "probe":
		var given order
		check(json.NewDecoder(os.Stdin).Decode(&given))
		check(json.NewEncoder(os.Stdout).Encode(probed(given)))
	case len(os.Args) == 4 && os.Args[1] == "event":
		action, err := facing(os.Args[2])
		check(err)
		action.Path = os.Args[3]
		event(action)
	default:
		fmt.Fprintln(os.Stderr, usage)
		os.Exit(2)
	}
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func seconds(count float64) time.Duration {
	return time.Duration(count * float64(time.Second))
}

func probed(given order) answer {
	for attempt := 1; ; attempt++ {
		result, output, target, err := ask(given)
		if err != nil {
			return answer{Result: result, Error: err.Error()}
		}
		if result != probe.Failure || attempt >= given.Attempts {
			return answer{Result: result, Output: output, Target: target}
		}
		time.Sleep(seconds(given.Pause))
	}
}

// ask makes one attempt, with the calls of prober.runProbe (pkg/kubelet/prober, 1.33.1).
func ask(given order) (result probe.Result, output, target string, err error) {
	timeout, handler := seconds(given.Timeout), given.Handler
	switch {
	case handler.HTTPGet != nil:
		request, err := probehttp.NewRequestForHTTPGetAction(handler.HTTPGet, &given.Container, given.PodIP, "probe")
		if err != nil {
			return probe.Unknown, "", "", err
		}
		result, output, err = probehttp.New(false).Probe(request, timeout)
		return result, output, request.URL.String(), err
	case handler.TCPSocket != nil:
		port, err := probe.ResolveContainerPort(handler.TCPSocket.Port, &given.Container)
		if err != nil {
			return probe.Unknown, "", "", err
		}
		host := handler.TCPSocket.Host
		if host == "" {
			host = given.PodIP
		}
		result, output, err = probetcp.New().Probe(host, port, timeout)
		return result, output, "tcp://" + net.JoinHostPort(host, strconv.Itoa(port)), err
	case handler.GRPC != nil:
		port, service := int(handler.GRPC.Port), ""
		if handler.GRPC.Service != nil {
			service = *handler.GRPC.Service
		}
		result, output, err = probegrpc.New().Probe(given.PodIP, service, port, timeout)
		return result, output, fmt.Sprintf("grpc://%s/%s", net.JoinHostPort(given.PodIP, strconv.Itoa(port)), service), err
	}
	return probe.Unknown, "", "", fmt.Errorf("missing probe handler")
}

// event prints what a probe of a container that declares no ports gets.
func event(action *v1.HTTPGetAction) {
	result, text, target, err := ask(order{
		PodIP:     "127.0.0.1",
		Container: v1.Container{Name: "kube-state-metrics"},
		Handler:   v1.ProbeHandler{HTTPGet: action},
		Timeout:   1,
	})
	if err != nil {
		fmt.Println("errored", strings.ReplaceAll(err.Error(), "127.0.0.1", "ADDRESS"))
		return
	}
	if result != probe.Failure {
		check(fmt.Errorf("%s %s", result, text))
	}
	asked, err := url.Parse(target)
	check(err)
	fmt.Println("failed", strings.ReplaceAll(text, asked.Host, "ADDRESS"))
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

func answering(status int) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
	}))
}

func portOf(server *httptest.Server) intstr.IntOrString {
	address, err := url.Parse(server.URL)
	check(err)
	return intstr.Parse(address.Port())
}
