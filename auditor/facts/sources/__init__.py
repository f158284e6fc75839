"""What starts components of Kubernetes, and is no pod, in; starts out: units, processes and the files of installers."""
