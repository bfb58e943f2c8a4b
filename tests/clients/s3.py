"""boto3 against the bucket service: signatures, checksums, metadata, conditions and lists."""

import harness

harness.in_environment("s3", "boto3==1.44.8", "botocore==1.44.8")

import urllib.error  # noqa: E402
import urllib.request  # noqa: E402

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402

sandbox = harness.Sandbox()
settings = sandbox.settings["acrobits"]
BUCKET = settings["s3_bucket"]


def client_of(secret, region=None):
    return boto3.client(
        "s3",
        endpoint_url=settings["s3_endpoint"],
        region_name=region or settings["s3_region"],
        aws_access_key_id=settings["s3_access_key_id"],
        aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


def refused(code, call):
    try:
        call()
    except ClientError as error:
        assert error.response["Error"]["Code"] == code, error
        return
    raise AssertionError(f"nothing was refused with {code}")


s3 = client_of(settings["s3_secret_access_key"])
refused("SignatureDoesNotMatch", lambda: client_of("wrong").list_buckets())
elsewhere = client_of(settings["s3_secret_access_key"], region="eu-west-1")
refused("AuthorizationHeaderMalformed", elsewhere.list_buckets)
assert BUCKET in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]

# An object from first to last; its key has every odd character that a user name may have.
key = "provisioning/ACMEMT/john doe+ü@x&y=1.xml"
body = b"<account><username>B63349F4EE</username></account>"
put = s3.put_object(
    Bucket=BUCKET, Key=key, Body=body, ContentType="application/xml; charset=utf-8",
    CacheControl="private, max-age=0", Metadata={"content-sha256": "abc"}, IfNoneMatch="*",
)
refused("PreconditionFailed", lambda: s3.put_object(Bucket=BUCKET, Key=key, Body=b"x", IfNoneMatch="*"))
head = s3.head_object(Bucket=BUCKET, Key=key)
assert (head["ContentType"], head["ContentLength"], head["ETag"]) == (
    "application/xml; charset=utf-8", len(body), put["ETag"],
), head
assert head["Metadata"] == {"content-sha256": "abc"} and head["CacheControl"] == "private, max-age=0", head
assert s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() == body
refused("304", lambda: s3.get_object(Bucket=BUCKET, Key=key, IfModifiedSince=head["LastModified"]))
changed = s3.put_object(Bucket=BUCKET, Key=key, Body=b"new", IfMatch=put["ETag"], ChecksumAlgorithm="SHA256")
refused("PreconditionFailed", lambda: s3.put_object(Bucket=BUCKET, Key=key, Body=b"x", IfMatch=put["ETag"]))
assert s3.get_object(Bucket=BUCKET, Key=key)["ETag"] == changed["ETag"]
refused("BadDigest", lambda: s3.put_object(Bucket=BUCKET, Key=key, Body=b"x", ChecksumCRC32="AAAAAA=="))

# Lists go over pages, by prefix.
for number in range(5):
    s3.put_object(Bucket=BUCKET, Key=f"contacts/{number}.json", Body=b"{}", ContentType="application/json")
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, PaginationConfig={"PageSize": 2})
keys = [row["Key"] for page in pages for row in page.get("Contents", [])]
assert keys == [f"contacts/{n}.json" for n in range(5)] + [key], keys
assert s3.list_objects_v2(Bucket=BUCKET, Prefix="provisioning/")["KeyCount"] == 1

for row in keys:
    s3.delete_object(Bucket=BUCKET, Key=row)
refused("NoSuchKey", lambda: s3.get_object(Bucket=BUCKET, Key=key))
s3.delete_object(Bucket=BUCKET, Key=key)

# Buckets; the public one is read by everybody, the other one by nobody else.
s3.create_bucket(Bucket="sdk-bucket")
refused("BucketAlreadyOwnedByYou", lambda: s3.create_bucket(Bucket="sdk-bucket"))
s3.head_bucket(Bucket="sdk-bucket")
s3.delete_bucket(Bucket="sdk-bucket")
refused("NoSuchBucket", lambda: s3.list_objects_v2(Bucket="sdk-bucket"))
for bucket, status in [("acme-public", 200), (BUCKET, 403)]:
    s3.put_object(Bucket=bucket, Key="a.txt", Body=b"a")
    try:
        got = urllib.request.urlopen(f"{settings['s3_endpoint']}/{bucket}/a.txt", timeout=10).status
    except urllib.error.HTTPError as error:
        got = error.code
    assert got == status, (bucket, got)
    s3.delete_object(Bucket=bucket, Key="a.txt")
