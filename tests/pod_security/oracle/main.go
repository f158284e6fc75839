// Lines of {"minor": N, "pod": {...}} in, lines of {"baseline": bool, "restricted": bool} out: what the Pod Security
// admission plugin of Kubernetes allows.
package main

import (
	"encoding/json"
	"io"
	"log"
	"os"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

type question struct {
	Minor int        `json:"minor"`
	Pod   corev1.Pod `json:"pod"`
}

func main() {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		log.Fatal(err)
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var asked question
		if err := in.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			log.Fatal(err)
		}
		answer := map[api.Level]bool{}
		for _, level := range []api.Level{api.LevelBaseline, api.LevelRestricted} {
			version := api.LevelVersion{Level: level, Version: api.MajorMinorVersion(1, asked.Minor)}
			results := evaluator.EvaluatePod(version, &asked.Pod.ObjectMeta, &asked.Pod.Spec)
			answer[level] = policy.AggregateCheckResults(results).Allowed
		}
		if err := out.Encode(answer); err != nil {
			log.Fatal(err)
		}
	}
}
