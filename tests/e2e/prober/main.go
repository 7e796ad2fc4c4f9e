// Command prober asks as a kubelet asks: by the kubelet's own code.
// It reads one probe as JSON on stdin, and prints what it got as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/kubernetes/pkg/probe"
	probegrpc "k8s.io/kubernetes/pkg/probe/grpc"
	probehttp "k8s.io/kubernetes/pkg/probe/http"
	probetcp "k8s.io/kubernetes/pkg/probe/tcp"
)

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
	var given order
	check(json.NewDecoder(os.Stdin).Decode(&given))
	check(json.NewEncoder(os.Stdout).Encode(probed(given)))
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
