// Reads {"Variables": {name: value}, "Text": "..."} line by line; answers what the kubelet makes of the text.
package main

import (
	"bufio"
	"encoding/json"
	"os"

	"k8s.io/kubernetes/third_party/forked/golang/expansion"
)

func main() {
	scanner := bufio.NewScanner(os.Stdin)
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetEscapeHTML(false)
	for scanner.Scan() {
		var asked struct {
			Variables map[string]string
			Text      string
		}
		if err := json.Unmarshal(scanner.Bytes(), &asked); err != nil {
			panic(err)
		}
		encoder.Encode(expansion.Expand(asked.Text, expansion.MappingFuncFor(asked.Variables)))
	}
}
