module kubeplumb.dev/pod-security-oracle

go 1.26

require (
	k8s.io/api v0.37.1
	k8s.io/pod-security-admission v0.37.1
)
