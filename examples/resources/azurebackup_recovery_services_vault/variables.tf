variable "resource_group_name" {
  type = string
}

variable "vault_region" {
  type = string
}
