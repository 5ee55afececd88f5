output "namespace" {
  description = "Where the platform lives."
  value       = module.platform.namespace
}

output "release" {
  description = "What is deployed."
  value       = module.platform.release
}

output "deployer" {
  description = "The service account that a pipeline deploys as."
  value       = module.platform.deployer
}
