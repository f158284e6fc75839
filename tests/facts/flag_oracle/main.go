package main

import (
	"bufio"
	"encoding/json"
	goflag "flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/pflag"
)

// Reads {"Kind": "pflag" or "flag", "Words": [...]} line by line; answers [error, {flag: value of those that were set}].
func main() {
	sc := bufio.NewScanner(os.Stdin)
	sc.Buffer(make([]byte, 1<<20), 1<<20)
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	for sc.Scan() {
		var in struct {
			Kind  string
			Words []string
		}
		if err := json.Unmarshal(sc.Bytes(), &in); err != nil {
			panic(err)
		}
		out := map[string]any{}
		var err error
		if in.Kind == "pflag" {
			fs := pflag.NewFlagSet("x", pflag.ContinueOnError)
			fs.SetOutput(io.Discard)
			fs.SetNormalizeFunc(func(f *pflag.FlagSet, name string) pflag.NormalizedName {
				return pflag.NormalizedName(strings.ReplaceAll(name, "_", "-"))
			})
			b := fs.Bool("anonymous-auth", true, "")
			q := fs.BoolP("quiet", "q", false, "")
			s := fs.String("token-auth-file", "", "")
			n := fs.Int("secure-port", 6443, "")
			v := fs.IntP("v", "v", 0, "")
			l := fs.StringSlice("authorization-mode", []string{"AlwaysAllow"}, "")
			a := fs.StringArray("key-file", nil, "")
			d := fs.Duration("request-timeout", 0, "")
			err = fs.Parse(in.Words)
			fs.Visit(func(f *pflag.Flag) {
				var val any
				switch f.Name {
				case "anonymous-auth":
					val = *b
				case "quiet":
					val = *q
				case "token-auth-file":
					val = *s
				case "secure-port":
					val = *n
				case "v":
					val = *v
				case "authorization-mode":
					val = *l
				case "key-file":
					val = *a
				case "request-timeout":
					val = d.Nanoseconds()
				}
				out[f.Name] = val
			})
		} else {
			fs := goflag.NewFlagSet("x", goflag.ContinueOnError)
			fs.SetOutput(io.Discard)
			b := fs.Bool("client-cert-auth", false, "")
			s := fs.String("cert-file", "", "")
			n := fs.Uint("max-wals", 5, "")
			err = fs.Parse(in.Words)
			if err == nil && fs.NArg() > 0 {
				err = fmt.Errorf("positional")
			}
			fs.Visit(func(f *goflag.Flag) {
				var val any
				switch f.Name {
				case "client-cert-auth":
					val = *b
				case "cert-file":
					val = *s
				case "max-wals":
					val = *n
				}
				out[f.Name] = val
			})
		}
		msg := ""
		if err != nil {
			msg = err.Error()
		}
		enc.Encode([]any{msg, out})
	}
}
