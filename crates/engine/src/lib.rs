//! A deterministic model of the Kubernetes control plane.
