"""Sinch's own SDK for Python: apps, phone numbers, SMS groups and batches through the sandbox."""

import harness

harness.in_environment("sinch", "sinch==2.3.0")

from sinch import SinchClient  # noqa: E402
from sinch.domains.conversation.api.v1.exceptions import ConversationException  # noqa: E402
from sinch.domains.numbers.api.v1.exceptions import NumbersException  # noqa: E402
from sinch.domains.sms.api.v1.exceptions import SmsException  # noqa: E402

sandbox = harness.Sandbox()
settings = sandbox.settings["sinchconversation"]


def client(region="eu", **more):
    """The SDK's client; where it connects to is its own configuration."""
    made = SinchClient(conversation_region=region, sms_region=region, **more)
    service = lambda name: sandbox.services[f"sinchconversation.{name}"]  # noqa: E731
    made.configuration.auth_origin = service("auth")
    made.configuration.numbers_origin = service("numbers")
    made.configuration.conversation_domain = service(region)
    made.configuration.sms_domain = service(f"zt.{region}")
    made.configuration.sms_domain_with_service_plan_id = service(f"sms.{region}")
    return made


def project_client(region="eu"):
    return client(
        region,
        project_id=settings["project_id"],
        key_id=settings["key_id"],
        key_secret=settings["key_secret"],
    )


def refused(kind, status, call):
    """The call must be refused in the SDK's own terms."""
    try:
        call()
    except kind as error:
        assert error.http_response.status_code == status, error
        return str(error)
    raise AssertionError(f"nothing was refused with {status}")


def apps():
    eu, us = project_client("eu"), project_client("us")
    plan = {"claimed_identity": settings["sms_service_plan_id"], "token": settings["sms_api_token"]}
    made = eu.conversation.apps.create(
        channel_credentials={"SMS": plan},
        display_name="SDK app",
        processing_mode="DISPATCH",
        dispatch_retention_policy={"retention_type": "MESSAGE_EXPIRE_POLICY", "ttl_days": 7},
    )
    assert len(made.id) == 26 and made.id == made.id.upper(), made.id
    assert made.channel_credentials.sms.state.status == "PENDING", made
    states = [eu.conversation.apps.get(made.id).channel_credentials.sms.state.status for _ in range(2)]
    assert states == ["PENDING", "ACTIVE"], states
    assert made.id in [app.id for app in eu.conversation.apps.list().iterator()]
    assert made.id not in [app.id for app in us.conversation.apps.list().iterator()]
    text = refused(ConversationException, 404, lambda: us.conversation.apps.get(made.id))
    assert "NOT_FOUND" in text, text
    updated = eu.conversation.apps.update(made.id, display_name="Renamed")
    assert updated.display_name == "Renamed" and updated.channel_credentials.sms is not None, updated
    both = eu.conversation.apps.update(
        made.id, channel_credentials={"TELEGRAM": {"token": "t"}, "SMS": plan}
    )
    raw = eu.conversation.apps.get(made.id, raw_response=True)
    assert [c.channel for c in raw.channel_credentials] == ["TELEGRAM", "SMS"], raw
    assert both.processing_mode == "DISPATCH"
    refused(ConversationException, 400, lambda: eu.conversation.apps.update(made.id, display_name=None))
    eu.conversation.apps.delete(made.id)
    refused(ConversationException, 404, lambda: eu.conversation.apps.get(made.id))
    # An expired token is renewed by the SDK, which looks for a word in a header.
    sandbox.admin("POST /clock", {"advance_seconds": 3700})
    assert eu.conversation.apps.list().content()


def numbers():
    sinch = project_client()
    regions = {r.region_code: r.types for r in sinch.numbers.regions.list(types=["LOCAL"]).iterator()}
    assert "US" in regions and "GB" not in regions, regions
    found = sinch.numbers.search_for_available_numbers(
        region_code="US", number_type="LOCAL", capabilities=["SMS"], page_size=3
    ).content()
    assert len(found) == 3, found
    chosen = found[0].phone_number
    assert sinch.numbers.check_availability(chosen).phone_number == chosen
    rented = sinch.numbers.rent(
        chosen, sms_configuration={"service_plan_id": settings["sms_service_plan_id"]}
    )
    assert rented.phone_number == chosen and rented.project_id == settings["project_id"], rented
    assert rented.sms_configuration.scheduled_provisioning.status == "IN_PROGRESS", rented
    going_on, done = (sinch.numbers.get(chosen).sms_configuration for _ in range(2))
    assert going_on.service_plan_id == "" and done.service_plan_id == settings["sms_service_plan_id"]
    renamed = sinch.numbers.update(chosen, display_name="SDK number")
    assert renamed.display_name == "SDK number"
    listed = sinch.numbers.list(region_code="US", number_type="LOCAL", page_size=1)
    assert chosen in [n.phone_number for n in listed.iterator()]
    moved = {"service_plan_id": "another plan"}
    refused(NumbersException, 400, lambda: sinch.numbers.update(chosen, sms_configuration=moved))
    assert sinch.numbers.update(chosen, sms_configuration={"service_plan_id": ""}).sms_configuration is None
    assert sinch.numbers.rent_any(region_code="US", number_type="LOCAL").phone_number != chosen
    sinch.numbers.release(chosen)
    refused(NumbersException, 404, lambda: sinch.numbers.get(chosen))
    secret = "0123456789abcdef-0123456789-ABCDEF"
    assert sinch.numbers.event_destinations.update(secret).hmac_secret == secret
    assert sinch.numbers.event_destinations.get().hmac_secret == secret


def sms(sinch):
    made = sinch.sms.groups.create(name="SDK group", members=["+12025550100", "+12025550101"])
    assert made.size == 2, made
    assert sinch.sms.groups.get(made.id).name == "SDK group"
    assert made.id in [g.id for g in sinch.sms.groups.list(page_size=1).iterator()]
    changed = sinch.sms.groups.update(made.id, add=["+12025550102"], remove=["+12025550100"], name="Renamed")
    assert (changed.size, changed.name) == (2, "Renamed"), changed
    assert sinch.sms.groups.list_members(made.id).content() == ["12025550101", "12025550102"]
    assert sinch.sms.groups.replace(made.id, members=["+12025550100"]).size == 1
    sent = sinch.sms.batches.send_sms(to=["+12025550100"], from_="+12025550199", body="hello")
    assert sinch.sms.batches.get(sent.id).body == "hello"
    assert sinch.sms.batches.cancel(sent.id).canceled is True
    sinch.sms.groups.delete(made.id)
    refused(SmsException, 404, lambda: sinch.sms.groups.get(made.id))


apps()
numbers()
sms(project_client())
sms(client(service_plan_id=settings["sms_service_plan_id"], sms_api_token=settings["sms_api_token"]))
wrong = client(service_plan_id=settings["sms_service_plan_id"], sms_api_token="wrong")
refused(SmsException, 401, lambda: wrong.sms.groups.list())
effects = sandbox.effects("sinchconversation")
assert effects.count("create app") == effects.count("delete app") == 1, effects
assert effects.count("purchase active_number") == 2 and effects.count("release active_number") == 1, effects
