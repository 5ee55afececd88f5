// Package delivery holds the proofs of the way from a commit to a deployment: its folders test the manifests, the
// pipelines and what they deploy, each through the same commands that people and pipelines call.
package delivery
