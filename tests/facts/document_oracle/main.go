package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/apis/apiserver"
	"k8s.io/apiserver/pkg/apis/apiserver/install"
	"k8s.io/apiserver/pkg/apis/apiserver/validation"
	"k8s.io/apiserver/pkg/audit/policy"
	authenticationcel "k8s.io/apiserver/pkg/authentication/cel"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	authorizationcel "k8s.io/apiserver/pkg/authorization/cel"
	"k8s.io/apiserver/pkg/server/egressselector"
	"k8s.io/apiserver/pkg/server/options/encryptionconfig"
	"k8s.io/apiserver/pkg/storage/value"
	kubeauthorizer "k8s.io/kubernetes/pkg/kubeapiserver/authorizer"
	"k8s.io/kubernetes/plugin/pkg/admission/eventratelimit"
	ratevalidation "k8s.io/kubernetes/plugin/pkg/admission/eventratelimit/apis/eventratelimit/validation"
	psaload "k8s.io/pod-security-admission/admission/api/load"
	psavalidation "k8s.io/pod-security-admission/admission/api/validation"
)

type request struct {
	User, Verb, Group, Resource, Subresource, Namespace, Name, Path string
	Groups                                                         []string
}

type question struct {
	Kind      string
	Text      string
	Requests  []request
	Resources []string
}

type answer struct {
	Error     string   `json:"error"`
	Decisions [][]any  `json:"decisions,omitempty"`
	Writes    []string `json:"writes,omitempty"`
}

// Reads one question per line: a configuration file, and for an audit policy requests, for an encryption configuration
// resources. Answers what the API server's own code says: the error it would not start with, the level of each request
// with the stages left out, and the prefix that a value of each resource gets in etcd.
func main() {
	sc := bufio.NewScanner(os.Stdin)
	sc.Buffer(make([]byte, 1<<20), 1<<24)
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	for sc.Scan() {
		var q question
		if err := json.Unmarshal(sc.Bytes(), &q); err != nil {
			panic(err)
		}
		var a answer
		if err := ask(q, &a); err != nil {
			a.Error = err.Error()
		}
		enc.Encode(a)
	}
}

func inFile(text string, use func(string) error) error {
	f, err := os.CreateTemp("", "document")
	if err != nil {
		panic(err)
	}
	defer os.Remove(f.Name())
	f.WriteString(text)
	f.Close()
	return use(f.Name())
}

func configScheme() *runtime.Scheme {
	s := runtime.NewScheme()
	install.Install(s)
	return s
}

func ask(q question, a *answer) error {
	switch q.Kind {
	case "EncryptionConfiguration", "EncryptionConfig":
		return inFile(q.Text, func(file string) error {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			c, err := encryptionconfig.LoadEncryptionConfig(ctx, file, false, "oracle")
			if err != nil {
				return err
			}
			for _, r := range q.Resources {
				t := encryptionconfig.StaticTransformers(c.Transformers).TransformerForResource(schema.ParseGroupResource(r))
				out, err := t.TransformToStorage(ctx, []byte("plain"), value.DefaultContext("/registry/x"))
				word := "identity"
				if err != nil {
					word = "kms" // the one provider that cannot write here, for want of a plugin
				} else if bytes.HasPrefix(out, []byte("k8s:enc:")) {
					word = strings.Split(string(out), ":")[2]
				}
				a.Writes = append(a.Writes, word)
			}
			return nil
		})
	case "Policy":
		p, err := policy.LoadPolicyFromBytes([]byte(q.Text))
		if err != nil {
			return err
		}
		e := policy.NewPolicyRuleEvaluator(p)
		for _, r := range q.Requests {
			c := e.EvaluatePolicyRule(authorizer.AttributesRecord{
				User: &user.DefaultInfo{Name: r.User, Groups: r.Groups}, Verb: r.Verb, Namespace: r.Namespace,
				APIGroup: r.Group, Resource: r.Resource, Subresource: r.Subresource, Name: r.Name,
				ResourceRequest: r.Resource != "", Path: r.Path,
			})
			a.Decisions = append(a.Decisions, []any{c.Level, len(c.OmitStages)})
		}
		return nil
	case "AuthenticationConfiguration":
		codecs := serializer.NewCodecFactory(configScheme(), serializer.EnableStrict)
		obj, err := runtime.Decode(codecs.UniversalDecoder(), []byte(q.Text))
		if err != nil {
			return err
		}
		c, ok := obj.(*apiserver.AuthenticationConfiguration)
		if !ok {
			return fmt.Errorf("is a %T", obj)
		}
		return validation.ValidateAuthenticationConfiguration(authenticationcel.NewDefaultCompiler(), c, nil).ToAggregate()
	case "AuthorizationConfiguration":
		_, err := kubeauthorizer.LoadAndValidateData([]byte(q.Text), authorizationcel.NewDefaultCompiler(), nil)
		return err
	case "EgressSelectorConfiguration":
		return inFile(q.Text, func(file string) error {
			c, err := egressselector.ReadEgressSelectorConfiguration(file)
			if err != nil {
				return err
			}
			return egressselector.ValidateEgressSelectorConfiguration(c).ToAggregate()
		})
	case "AdmissionConfiguration":
		return inFile(q.Text, func(file string) error {
			p, err := admission.ReadAdmissionConfiguration(nil, file, configScheme())
			if err != nil {
				return err
			}
			if r, err := p.ConfigFor("PodSecurity"); err != nil || r != nil {
				if err != nil {
					return err
				}
				c, err := psaload.LoadFromReader(r)
				if err != nil {
					return err
				}
				if err := psavalidation.ValidatePodSecurityConfiguration(c).ToAggregate(); err != nil {
					return err
				}
			}
			return nil
		})
	case "PodSecurityConfiguration":
		c, err := psaload.LoadFromData([]byte(q.Text))
		if err != nil {
			return err
		}
		return psavalidation.ValidatePodSecurityConfiguration(c).ToAggregate()
	case "Configuration":
		c, err := eventratelimit.LoadConfiguration(strings.NewReader(q.Text))
		if err != nil {
			return err
		}
		return ratevalidation.ValidateConfiguration(c).ToAggregate()
	}
	panic(q.Kind)
}
