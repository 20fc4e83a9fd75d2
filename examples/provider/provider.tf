terraform {
  required_providers {
    azurebackup = {
      source = "azurebackup/azurebackup"
    }
  }
}

# Authentication is the same as in azurerm: arguments, ARM_* environment variables, or `az login`.
provider "azurebackup" {
  subscription_id = var.subscription_id
  poll_interval   = "30s"
  progress_file   = "restores.jsonl"
}

variable "subscription_id" {
  description = "Subscription in which the backup vaults are."
  type        = string
}
