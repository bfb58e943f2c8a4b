"""Alibaba Cloud's own CAMS SDK and signer for Python: every published kind, made, read, listed, changed and deleted."""

import harness

harness.in_environment(
    "alibaba",
    "alibabacloud_cams20200606==5.3.1",
    "alibabacloud_tea_openapi==0.4.6",
    "alibabacloud_credentials==1.0.12",
    "darabonba_core==1.0.9",
)

from alibabacloud_cams20200606 import models  # noqa: E402
from alibabacloud_cams20200606.client import Client  # noqa: E402
from alibabacloud_tea_openapi import utils_models as openapi  # noqa: E402
from alibabacloud_tea_openapi.exceptions import ClientException  # noqa: E402
from darabonba.runtime import RuntimeOptions  # noqa: E402

sandbox = harness.Sandbox()
settings = sandbox.settings["chatapp"]
WHATSAPP = "cams-sandbox0001"


def client_of(key, secret, token=None):
    config = openapi.Config(
        access_key_id=key,
        access_key_secret=secret,
        security_token=token,
        region_id=settings["region"],
        endpoint=settings["endpoint"].split("//")[1],
        protocol="HTTP",
    )
    return Client(config)


client = client_of(settings["access_key_id"], settings["access_key_secret"])


def good(answer):
    body = answer.body
    assert body.code == "OK", body.to_map()
    return body


def refused(code, call):
    """The call must be refused by the gateway with this code."""
    try:
        call()
    except ClientException as error:
        assert error.code == code, error
        return
    raise AssertionError(f"nothing was refused with {code}")


def signer():
    lists = models.ListInstanceRequest(page_size=20)
    wrong = client_of(settings["access_key_id"], "wrong")
    refused("SignatureDoesNotMatch", lambda: wrong.list_instance(lists))
    nobody = client_of("LTAI5tNobody", "wrong")
    refused("InvalidAccessKeyId.NotFound", lambda: nobody.list_instance(lists))
    temporary = client_of(
        "STS.SandboxOnly00000000004",
        "sandbox-only-not-a-secret-chatapp-00004",
        "sandbox-only-not-a-token/chatapp==",
    )
    good(temporary.list_instance(models.ListInstanceRequest(instance_name="a b*c~d/中+&=")))
    reader = client_of("LTAI5tSandboxOnly00000002", "sandbox-only-not-a-secret-chatapp-00002")
    refused("Forbidden.RAM", lambda: reader.delete_instance(models.DeleteInstanceRequest(instance_id=WHATSAPP)))
    assert good(client.get_chatapp_open_status(models.GetChatappOpenStatusRequest())).open_status is True


def channels():
    made = good(client.create_instance(models.CreateInstanceRequest(channel_type="viber", instance_name="SDK channel")))
    channel = made.data.instance_id
    good(
        client.update_instance(
            models.UpdateInstanceRequest(instance_id=channel, instance_name="SDK channel 2", office_address="Ulm & Graz")
        )
    )
    read = good(client.query_instance(models.QueryInstanceRequest(instance_id=channel))).data
    assert (read.instance_name, read.office_address) == ("SDK channel 2", "Ulm & Graz"), read.to_map()
    listed = good(client.list_instance(models.ListInstanceRequest(instance_name="SDK", page_index=1, page_size=20)))
    assert [one.instance_id for one in listed.data] == [channel], listed.to_map()
    good(client.delete_instance(models.DeleteInstanceRequest(instance_id=channel)))
    assert good(client.query_instance(models.QueryInstanceRequest(instance_id=channel))).data is None


def webhooks():
    url = "https://hooks.acme.test/chatapp?a=1&b=2"
    good(
        client.update_phone_webhook(
            models.UpdatePhoneWebhookRequest(
                cust_space_id=WHATSAPP, phone_number="6580000001", http_flag="Y", queue_flag="N", up_callback_url=url
            )
        )
    )
    phones = good(client.query_chatapp_phone_numbers(models.QueryChatappPhoneNumbersRequest(cust_space_id=WHATSAPP)))
    assert [p.up_callback_url for p in phones.phone_numbers] == [url, None], phones.to_map()
    good(
        client.update_account_webhook(
            models.UpdateAccountWebhookRequest(cust_space_id=WHATSAPP, http_flag="Y", status_callback_url=url)
        )
    )
    off = models.UpdatePhoneWebhookRequest(
        cust_space_id=WHATSAPP, phone_number="6580000001", http_flag="N", queue_flag="N"
    )
    good(client.update_phone_webhook(off))


def templates():
    button = models.CreateChatappTemplateRequestComponentsButtons(type="QUICK_REPLY", text="Yes")
    made = good(
        client.create_chatapp_template(
            models.CreateChatappTemplateRequest(
                cust_space_id=WHATSAPP,
                name="sdk_order",
                language="en",
                category="UTILITY",
                template_type="WHATSAPP",
                message_send_ttl_seconds=60,
                example={"name": "Ann"},
                components=[
                    models.CreateChatappTemplateRequestComponents(type="BODY", text="Hi $(name), \"ready\"?"),
                    models.CreateChatappTemplateRequestComponents(type="BUTTONS", buttons=[button]),
                ],
            )
        )
    )
    code = made.data.template_code
    one = {"cust_space_id": WHATSAPP, "template_code": code, "language": "en", "template_type": "WHATSAPP"}
    read = good(client.get_chatapp_template_detail(models.GetChatappTemplateDetailRequest(**one))).data
    assert (read.audit_status, read.components[0].text) == ("auditing", "Hi $(name), \"ready\"?"), read.to_map()
    changed = models.ModifyChatappTemplateRequestComponents(type="BODY", text="Hello $(name)")
    good(client.modify_chatapp_template(models.ModifyChatappTemplateRequest(components=[changed], **one)))
    good(
        client.modify_chatapp_template_properties(
            models.ModifyChatappTemplatePropertiesRequest(allow_send=False, **one)
        )
    )
    sandbox.admin("POST /clock", {"advance_seconds": 10})
    read = good(client.get_chatapp_template_detail(models.GetChatappTemplateDetailRequest(**one))).data
    assert (read.audit_status, read.allow_send) == ("pass", False), read.to_map()
    listed = good(
        client.list_chatapp_template(
            models.ListChatappTemplateRequest(
                cust_space_id=WHATSAPP, name="sdk_order", page=models.ListChatappTemplateRequestPage(index=1, size=10)
            )
        )
    )
    assert (listed.total, listed.list_template[0].template_code) == (1, code), listed.to_map()
    good(client.delete_chatapp_template(models.DeleteChatappTemplateRequest(**one)))
    gone = client.get_chatapp_template_detail(models.GetChatappTemplateDetailRequest(**one)).body
    assert gone.code == "DetailError.TemplateNotExist", gone.to_map()


def unpublished():
    """The SDK's signer with operations that no SDK has."""

    def call(action, **query):
        params = openapi.Params(
            action=action, version="2020-06-06", protocol="HTTP", pathname="/", method="POST", auth_type="AK",
            style="RPC", req_body_type="formData", body_type="json",
        )
        request = openapi.OpenApiRequest(query={"CustSpaceId": WHATSAPP, **query})
        body = client.call_api(params, request, RuntimeOptions())["body"]
        assert body["Code"] == "OK", body
        return body.get("Data")

    url = "https://erp.acme.test/chatapp"
    system = call("CreateBusinessSystem", SystemName="ERP", ApiUrl=url, Remark="für Aufträge")["SystemId"]
    assert len(call("RefreshBusinessSystemSignature", SystemId=system)["Signature"]) == 43
    call("CreateIntent", SystemId=system, IntentCode="order", IntentName="Order", IntentData='{"a": "b c"}')
    assert call("QueryIntent", SystemId=system, IntentCode="order")["IntentData"] == '{"a": "b c"}'
    call("DeleteIntent", SystemId=system, IntentCode="order")
    assert call("QueryBusinessSystem", SystemId=system)["Remark"] == "für Aufträge"
    call("DeleteBusinessSystem", SystemId=system)
    call("UpdateSmsSetting", SmsFlag="Y")
    call("UpdateOtpScheduleSetting", ScheduleFlag="Y", CountryList='["SG", "ID"]')
    assert call("GetOtpScheduleSetting")["CountryList"] == ["SG", "ID"]
    call("UpdateOtpScheduleSetting", ScheduleFlag="N")


signer()
channels()
webhooks()
templates()
unpublished()
