# Values for a rehearsal (-sandbox). Nothing here is real; the sandbox issued the credentials.
cloud_id = "ACMEMT"

endpoints = {
  contacts     = "https://voip.acme.test/contacts?cloud_id=ACMEMT&cloud_username=%account[cloud_username]%"
  provisioning = "https://voip.acme.test/provisioning?cloud_username=%username%&cloud_password=%password%&cloud_id=%fullcode%"
  ext_auth     = "https://voip.acme.test/auth?username=%username%&host=%host%&password=%password%&cloud_id=ACMEMT"
}

publish          = { url = "https://files.acme.test", username = "publisher" }
publish_password = "sandbox-only-not-a-password-publisher"

bucket = {
  endpoint      = "https://s3.acme.test"
  region        = "us-east-1"
  name          = "acme-provisioning"
  access_key_id = "AKIASANDBOXONLY00001"
}
bucket_secret = "sandbox-only-not-a-secret-bucket-0000001"

users = {
  "john.doe" = {
    network = "myNetwork"
    name    = { first = "John", last = "Doe" }
    number  = "1000"
    sip     = "B63349F4EE"
    sms     = ["1234567890"]
  }
  "foo.bar" = {
    network = "myNetwork"
    name    = { first = "Foo", last = "Bar" }
    number  = "1001"
    sip     = "B63349F4EF"
  }
  "eve.other" = {
    network = "otherNetwork"
    name    = { first = "Eve", last = "Other" }
    number  = "2000"
    sip     = "B63349F4F0"
  }
}

sip_passwords = {
  "john.doe"  = "sandbox-only-not-a-sip-password-B63349F4EE"
  "foo.bar"   = "sandbox-only-not-a-sip-password-B63349F4EF"
  "eve.other" = "sandbox-only-not-a-sip-password-B63349F4F0"
}

test_user     = "john.doe"
test_password = "sandbox-only-not-a-password-john"
allowlist     = ["192.0.2.0/25", "192.0.2.128/25", "2001:db8::/48"]
