"""Genesys Cloud's own platform client for Python: roles, grants, OAuth clients, users and the token endpoint."""

import harness

harness.in_environment("genesys", "PureCloudPlatformClientV2==269.0.0")

import PureCloudPlatformClientV2 as genesys  # noqa: E402
from PureCloudPlatformClientV2.rest import ApiException  # noqa: E402

sandbox = harness.Sandbox()
settings = sandbox.settings["genesyscloud"]


class Clients(genesys.api_client.ApiClient):
    """The SDK knows two hosts that differ by their first label; here they are two ports."""

    def get_conf_url(self, path_type, base_path):
        return settings["login_url"] if path_type == "login" else settings["api_url"]


def refused(status, code, call):
    try:
        call()
    except ApiException as error:
        assert error.status == status and code in error.body, error
        return
    raise AssertionError(f"nothing was refused with {status}")


def again(call):
    """A first read after a change may be stale: that is the vendor's way."""
    try:
        return call()
    except ApiException as error:
        assert error.status == 404, error
        return call()


wrong = Clients(host=settings["api_url"])
refused(401, "invalid_client", lambda: wrong.get_client_credentials_token(settings["oauthclient_id"], "wrong"))
client = Clients(host=settings["api_url"])
client.get_client_credentials_token(settings["oauthclient_id"], settings["oauthclient_secret"])
roles = genesys.AuthorizationApi(client)
oauth = genesys.OAuthApi(client)
users = genesys.UsersApi(client)

me = genesys.TokensApi(client).get_tokens_me()
assert me.o_auth_client.id == settings["oauthclient_id"], me

# A role.
policy = genesys.DomainPermissionPolicy()
policy.domain, policy.entity_name, policy.action_set = "messaging", "*", ["*"]
body = genesys.DomainOrganizationRoleCreate()
body.name, body.description, body.permission_policies = "SDK role", "made by the SDK", [policy]
role = roles.post_authorization_roles(body)
read = again(lambda: roles.get_authorization_role(role.id))
assert (read.name, read.permission_policies[0].domain) == ("SDK role", "messaging"), read
change = genesys.DomainOrganizationRoleUpdate()
change.name, change.description, change.permission_policies = "SDK role 2", "changed", [policy]
roles.put_authorization_role(role.id, change)
listed = roles.get_authorization_roles(name="SDK role 2", page_size=100)
assert [one.id for one in listed.entities] == [role.id], listed
refused(404, "not.found", lambda: roles.get_authorization_role("00000000-0000-4000-8000-00000000dead"))

# The caller must hold the role before it can put it on a client; then a client with it.
divisions = roles.get_authorization_divisions()
home = next(one for one in divisions.entities if one.home_division)
grants = genesys.RoleDivisionGrants()
pair = genesys.RoleDivisionPair()
pair.role_id, pair.division_id = role.id, home.id
grants.grants = [pair]
again(
    lambda: roles.post_authorization_subject_bulkadd(
        settings["oauthclient_id"], grants, subject_type="PC_OAUTH_CLIENT"
    )
)
new = genesys.OAuthClientRequest()
new.name, new.authorized_grant_type, new.access_token_validity_seconds = "SDK client", "CLIENT-CREDENTIALS", 600
division = genesys.RoleDivision()
division.role_id, division.division_id = role.id, home.id
new.role_divisions, new.state = [division], "active"
made = oauth.post_oauth_clients(new)
assert made.secret, "shown when it is made"
fresh = Clients(host=settings["api_url"])
fresh.get_client_credentials_token(made.id, made.secret)
assert genesys.TokensApi(fresh).get_tokens_me().o_auth_client.id == made.id
secret = oauth.post_oauth_client_secret(made.id).secret
assert secret and secret != made.secret
again(lambda: oauth.get_oauth_client(made.id))
new.state, new.description = "inactive", "on its way out"
oauth.put_oauth_client(made.id, new)
assert made.id in [one.id for one in oauth.get_oauth_clients().entities]
oauth.delete_oauth_client(made.id)

# A user, a grant of the role, and both gone again.
person = genesys.CreateUser()
person.name, person.email = "SDK Person", "sdk.person@acme.test"
user = users.post_users(person)
again(lambda: users.get_user(user.id))
search = genesys.UserSearchRequest()
criterion = genesys.UserSearchCriteria()
criterion.type, criterion.fields, criterion.value = "EXACT", ["email"], "sdk.person@acme.test"
search.query = [criterion]
assert [one.id for one in users.post_users_search(search).results] == [user.id]
roles.post_authorization_subject_division_role(user.id, home.id, role.id)
again(lambda: roles.get_authorization_subject(user.id))
seen = roles.get_authorization_subject(user.id)
assert role.id in [grant.role.id for grant in seen.grants], seen
roles.delete_authorization_subject_division_role(user.id, home.id, role.id)
users.delete_user(user.id)
roles.delete_authorization_role(role.id)
