output "namespace" {
  description = "Where the platform lives."
  value       = local.namespace
}

output "release" {
  description = "What is deployed."
  value       = var.release
}

output "objects" {
  description = "Kind and name of all objects of the release."
  value       = sort(keys(local.objects))
}

output "deployer" {
  description = "The service account that a pipeline deploys as."
  value       = local.deployer
}
