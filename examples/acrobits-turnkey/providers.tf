# Contacts go to a web server by PUT, accounts to a private bucket that the provisioning service reads.
provider "acrobits" {
  publish_url      = var.publish.url
  publish_username = var.publish.username
  publish_password = var.publish_password

  s3_endpoint          = var.bucket.endpoint
  s3_region            = var.bucket.region
  s3_bucket            = var.bucket.name
  s3_access_key_id     = var.bucket.access_key_id
  s3_secret_access_key = var.bucket_secret

  test_cloud_username = var.test_user
  test_cloud_password = var.test_password
}
